// Linear layers of 1 to 64 rows, bound by reading the weights once.   y = x · Wᵀ and what LinearOp fuses with it.
//
// A block computes tiles of 16 outputs, one after the other; its eight warps share the columns of a tile in contiguous
// runs, each streaming its records through a ring of its own (weight_ring.cuh). Weights are unpacked in registers to exact
// f16 integers, multiplied with tensor cores and summed in float32; the warps' sums are added in the order of columns.
// The ring fills before `wait_for_previous`: weights depend on no kernel.
//
// A and B are the layouts of the parts (q and k of one, v of another), `tiles` how many eights of rows, `terms` of the
// activations: 1 for f16, 1 or 2 for bf16. With `prepares` every block makes the rows itself in shared memory (norm and
// rounding; for few rows that fit, it saves a kernel), else prepare_rows has; both give the same bits. A row's result is
// the same bits for any count of rows, tiles, stages, and on any GPU with the same tensor cores.
//   grid: at most two blocks a multiprocessor and one per tile, 256 threads.
//   shared bytes: 8 stages * slot, 64 stages, 8192, 96, tiles * 32; with `prepares` terms * rows * stride * 2 and
//   rows * sum stride * 4. slot = the longest record of A and B.
#include "epilogue.cuh"
#include "weight_products.cuh"
#include "weight_ring.cuh"

constexpr int fewWarps = ZONDA_LINEAR_WARPS;

/// The tile that a block computes at a step: with a gate, steps alternate between the two parts.
struct TileOfStep {
    int part, tile;
};
DEVICE TileOfStep tile_of(const zonda_linear_arguments &args, int step) {
    const bool gated = args.combine == ZONDA_COMBINE_GATED;
    const int item = blockIdx.x + gridDim.x * (gated ? step / 2 : step);
    if (gated) return {step % 2, item};
    int part = 0;
    while (part + 1 < args.part_count && item >= args.parts[part + 1].first_tile) part++;
    return {part, item - args.parts[part].first_tile};
}
DEVICE int step_count(const zonda_linear_arguments &args) {
    const bool gated = args.combine == ZONDA_COMBINE_GATED;
    const zonda_linear_part &last = args.parts[gated ? 0 : args.part_count - 1];
    const int items = (gated ? 0 : last.first_tile) + divide_up(last.rows, 16);
    const int own = items > int(blockIdx.x) ? divide_up(items - int(blockIdx.x), int(gridDim.x)) : 0;
    return gated ? 2 * own : own;
}

/// A warp's records of a tile: a contiguous run of them.
struct Run {
    Global<const uint8_t> from;
    int record, end, bytes, unitBytes, units, recordUnits, unitColumns;
    bool second;
};
template <typename W> DEVICE Run run_of(const zonda_linear_arguments &args, TileOfStep at, int warp, bool second) {
    const int units = divide_up(args.rows.columns, W::columns), records = divide_up(units, W::recordUnits);
    Run run;
    run.from = Global<const uint8_t>(args.parts[at.part].weight) + int64_t(at.tile) * units * W::bytes;
    run.record = records * warp / fewWarps;
    run.end = records * (warp + 1) / fewWarps;
    run.bytes = W::recordUnits * W::bytes;
    run.unitBytes = W::bytes;
    run.units = units;
    run.recordUnits = W::recordUnits;
    run.unitColumns = W::columns;
    run.second = second;
    return run;
}

/// Walks a warp's records over all steps.
template <typename A, typename B> struct Cursor {
    int step = -1, steps;
    Run run = {};

    /// To the next step's run.
    DEVICE void advance(const zonda_linear_arguments &args, int warp) {
        step++;
        if (step >= steps) return;
        TileOfStep at = tile_of(args, step);
        if (args.parts[at.part].layout == 0) run = run_of<A>(args, at, warp, false);
        else run = run_of<B>(args, at, warp, true);
    }
};

template <typename A, typename B, int stages> struct WeightStream {
    static constexpr int slotBytes = max_of(A::recordUnits * A::bytes, B::recordUnits * B::bytes);
    WeightRing<stages, slotBytes> ring;
    Cursor<A, B> ahead;

    /// Starts the copy of the next record, of whichever tile.
    DEVICE void start_next(const zonda_linear_arguments &args, int warp) {
        while (ahead.step < ahead.steps && ahead.run.record >= ahead.run.end) ahead.advance(args, warp);
        if (ahead.step >= ahead.steps) return ring.skip();
        const Run &run = ahead.run;
        const int units = min_of(run.recordUnits, run.units - run.record * run.recordUnits);
        ring.start(run.from + int64_t(run.record) * run.bytes, units * run.unitBytes);
        ahead.run.record++;
    }
};

/// A warp's part of a tile.
template <typename W, int tiles, int terms, typename Stream, Space space>
DEVICE void multiply_run(
    const zonda_linear_arguments &args, Stream &stream, const RowSource<space> &rows, int warp, int lane,
    float (&sum)[tiles][4]) {
    const int units = divide_up(args.rows.columns, W::columns), records = divide_up(units, W::recordUnits);
    for (int record = records * warp / fewWarps; record < records * (warp + 1) / fewWarps; record++) {
        Bytes<Space::shared> slot = stream.ring.next();
        const int first = record * W::recordUnits, count = min_of(W::recordUnits, units - first);
#pragma unroll 2
        for (int unit = 0; unit < count; unit++)
            multiply_unit<W, tiles, terms>(slot + unit * W::bytes, rows, (first + unit) * W::columns, lane, sum);
        stream.ring.release();
        stream.start_next(args, warp);
    }
}

template <typename A, typename B, int tiles, int terms, int stages, bool prepares>
__global__ void __launch_bounds__(256, tiles > 2 ? 1 : 2)
linear_few(const __grid_constant__ zonda_linear_arguments args) {
    constexpr Space space = prepares ? Space::shared : Space::global;
    const int lane = lane_id(), warp = threadIdx.x / 32;
    SharedArena arena;
    WeightStream<A, B, stages> stream;
    stream.ring.template allocate<fewWarps>(arena, warp);
    Shared<float> partial = arena.array<float>(2 * fewWarps * 128);
    Shared<float> scratch = arena.array<float>(24);
    Shared<float> undo = arena.array<float>(tiles * 8);

    const int steps = step_count(args);
    stream.ahead.steps = steps;
    for (int i = 0; i < stages; i++) stream.start_next(args, warp);
    wait_for_previous();
    launch_next();

    const int rowCount = true_rows(args.rows), stride = activation_stride(args.rows.columns);
    RowSource<space> rows;
    rows.stride = stride;
    rows.sumStride = sum_stride(args.rows.columns);
    rows.rows = rowCount;
    if constexpr (prepares) {
        rows.planeStride = args.rows.rows * stride;
        Shared<uint16_t> values = arena.array<uint16_t>(terms * args.rows.rows * stride);
        Shared<float> sums = arena.array<float>(args.rows.rows * rows.sumStride);
        RowStore<Space::shared> store = {values, sums, undo, rows.planeStride};
        for (int row = 0; row < rowCount; row++) prepare_row<typename A::Term, terms>(args.rows, row, row, store, scratch);
        rows.values = values;
        rows.sums = sums;
    } else {
        rows.planeStride = args.prepared.plane_stride;
        rows.values = Global<const uint16_t>(args.prepared.values);
        rows.sums = Global<const float>(args.prepared.sums);
        if (int(threadIdx.x) < rowCount) undo[threadIdx.x] = Global<const float>(args.prepared.scales)[threadIdx.x];
    }
    sync_threads();

    float gate[tiles] = {};
    for (int step = 0; step < steps; step++) {
        const TileOfStep at = tile_of(args, step);
        const zonda_linear_part &part = args.parts[at.part];
        float sum[tiles][4] = {};
        if (SameLayout<A, B>::value || part.layout == 0) multiply_run<A, tiles, terms>(args, stream, rows, warp, lane, sum);
        else multiply_run<B, tiles, terms>(args, stream, rows, warp, lane, sum);

        // Two halves of `partial` alternate, so one barrier a tile is enough: nobody is a whole tile ahead of it.
#pragma unroll
        for (int tile = 0; tile < tiles; tile++) {
            Shared<float> half = partial + (step * tiles + tile) % 2 * fewWarps * 128;
            as<float4>(half)[warp * 32 + lane] = make_float4(sum[tile][0], sum[tile][1], sum[tile][2], sum[tile][3]);
            sync_threads();
            if (threadIdx.x >= 128) continue;
            float totals[2];  // the order of linear_many with two halves
#pragma unroll
            for (int i = 0; i < 2; i++) {
                totals[i] = half[i * 512 + threadIdx.x];
                for (int other = 1; other < fewWarps / 2; other++)
                    totals[i] += half[i * 512 + other * 128 + threadIdx.x];
            }
            const float total = totals[0] + totals[1];
            // Element threadIdx % 4 of the fragment of lane threadIdx / 4.
            const int from = threadIdx.x / 4, element = threadIdx.x % 4;
            const int n = at.tile * 16 + from / 4 + element / 2 * 8, row = tile * 8 + from % 4 * 2 + element % 2;
            if (n >= part.rows || row >= rowCount) continue;
            float value = finish_sum(args, part, n, total, undo[row]);
            if (args.combine == ZONDA_COMBINE_GATED) {
                if (at.part == 0) gate[tile] = activate(args.activation, value);
                else store_result(args, part, row, n, gate[tile] * value);
            } else {
                if (args.combine == ZONDA_COMBINE_ACTIVATION) value = activate(args.activation, value);
                store_result(args, part, row, n, value);
            }
        }
    }
}

// instantiate: linear_few<Q4_0, Q4_0, 1, 1, 4, true>
// instantiate: linear_few<Q4_0, Q4_0, 1, 1, 4, false>
// instantiate: linear_few<Q4_1, Q4_1, 1, 1, 4, true>
// instantiate: linear_few<Q4_1, Q4_1, 1, 1, 4, false>
// instantiate: linear_few<Q5_0, Q5_0, 1, 1, 5, true>
// instantiate: linear_few<Q5_0, Q5_0, 1, 1, 5, false>
// instantiate: linear_few<Q5_1, Q5_1, 1, 1, 5, true>
// instantiate: linear_few<Q5_1, Q5_1, 1, 1, 5, false>
// instantiate: linear_few<Q8_0, Q8_0, 1, 1, 5, true>
// instantiate: linear_few<Q8_0, Q8_0, 1, 1, 5, false>
// instantiate: linear_few<IQ4_NL, IQ4_NL, 1, 1, 4, true>
// instantiate: linear_few<IQ4_NL, IQ4_NL, 1, 1, 4, false>
// instantiate: linear_few<MXFP4, MXFP4, 1, 1, 4, true>
// instantiate: linear_few<MXFP4, MXFP4, 1, 1, 4, false>
// instantiate: linear_few<NVFP4, NVFP4, 1, 1, 4, true>
// instantiate: linear_few<NVFP4, NVFP4, 1, 1, 4, false>
// instantiate: linear_few<Q2_K, Q2_K, 1, 1, 6, true>
// instantiate: linear_few<Q2_K, Q2_K, 1, 1, 6, false>
// instantiate: linear_few<Q3_K, Q3_K, 1, 1, 5, true>
// instantiate: linear_few<Q3_K, Q3_K, 1, 1, 5, false>
// instantiate: linear_few<Q4_K, Q4_K, 1, 1, 4, true>
// instantiate: linear_few<Q4_K, Q4_K, 1, 1, 4, false>
// instantiate: linear_few<Q5_K, Q5_K, 1, 1, 3, true>
// instantiate: linear_few<Q5_K, Q5_K, 1, 1, 3, false>
// instantiate: linear_few<Q6_K, Q6_K, 1, 1, 3, true>
// instantiate: linear_few<Q6_K, Q6_K, 1, 1, 3, false>
// instantiate: linear_few<IQ4_XS, IQ4_XS, 1, 1, 4, true>
// instantiate: linear_few<IQ4_XS, IQ4_XS, 1, 1, 4, false>
// instantiate: linear_few<X8, X8, 1, 1, 2, true>
// instantiate: linear_few<X8, X8, 1, 1, 2, false>
// instantiate: linear_few<F16, F16, 1, 1, 5, true>
// instantiate: linear_few<F16, F16, 1, 1, 5, false>
// instantiate: linear_few<BF16, BF16, 1, 2, 5, true>
// instantiate: linear_few<BF16, BF16, 1, 2, 5, false>
// instantiate: linear_few<F32, F32, 1, 2, 5, true>
// instantiate: linear_few<F32, F32, 1, 2, 5, false>
// instantiate: linear_few<Q4_K, Q6_K, 1, 1, 3, true>
// instantiate: linear_few<Q4_K, Q6_K, 1, 1, 3, false>
// instantiate: linear_few<Q5_0, Q8_0, 1, 1, 5, true>
// instantiate: linear_few<Q5_0, Q8_0, 1, 1, 5, false>
// instantiate: linear_few<Q5_K, Q6_K, 1, 1, 3, true>
// instantiate: linear_few<Q5_K, Q6_K, 1, 1, 3, false>
// instantiate: linear_few<Q3_K, Q5_K, 1, 1, 3, true>
// instantiate: linear_few<Q3_K, Q5_K, 1, 1, 3, false>
// instantiate: linear_few<Q4_0, Q6_K, 1, 1, 3, true>
// instantiate: linear_few<Q4_0, Q6_K, 1, 1, 3, false>
