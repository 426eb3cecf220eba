// The text of linear_few and expert_few: tiles of 16 outputs with up to eight rows (or `tiles` times eight) at once,
// bound by reading the weights. linear_few.cu says how.
#pragma once
#include "epilogue.cuh"
#include "weight_products.cuh"
#include "weight_ring.cuh"

constexpr int fewWarps = ZONDA_LINEAR_WARPS;

/// The tile that a block computes at a step: with a gate, steps alternate between the two parts.
struct TileOfStep {
    int part, tile;
    int block;  // of rows, where a product has several
};
/// The item that a block works on at a step, and how many steps `items` make: two an item with a gate.
DEVICE int item_of(const zonda_linear_arguments &args, int step) {
    return blockIdx.x + gridDim.x * (args.combine == ZONDA_COMBINE_GATED ? step / 2 : step);
}
DEVICE int steps_of(const zonda_linear_arguments &args, int items) {
    const int own = items > int(blockIdx.x) ? divide_up(items - int(blockIdx.x), int(gridDim.x)) : 0;
    return args.combine == ZONDA_COMBINE_GATED ? 2 * own : own;
}

/// The work of linear_few: all rows with each part's weight.
struct AllRows {
    static constexpr bool isGrouped = false;
    using Map = EveryRow;

    DEVICE int step_count(const zonda_linear_arguments &args) const {
        const bool gated = args.combine == ZONDA_COMBINE_GATED;
        const zonda_linear_part &last = args.parts[gated ? 0 : args.part_count - 1];
        return steps_of(args, (gated ? 0 : last.first_tile) + divide_up(last.rows, 16));
    }
    DEVICE TileOfStep tile_of(const zonda_linear_arguments &args, int step) const {
        const int item = item_of(args, step);
        if (args.combine == ZONDA_COMBINE_GATED) return {step % 2, item, 0};
        int part = 0;
        while (part + 1 < args.part_count && item >= args.parts[part + 1].first_tile) part++;
        return {part, item - args.parts[part].first_tile, 0};
    }
    DEVICE Global<const uint8_t> weight(const zonda_linear_arguments &args, TileOfStep at) const {
        return args.parts[at.part].weight;
    }
};

/// A warp's records of a tile: a contiguous run of them.
struct Run {
    Global<const uint8_t> from;
    int record, end, bytes, unitBytes, units, recordUnits, unitColumns;
    bool second;
};
template <typename W>
DEVICE Run run_of(
    const zonda_linear_arguments &args, Global<const uint8_t> weight, TileOfStep at, int warp, bool second) {
    const int units = divide_up(args.rows.columns, W::columns), records = divide_up(units, W::recordUnits);
    Run run;
    run.from = weight + int64_t(at.tile) * units * W::bytes;
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
    template <typename Work> DEVICE void advance(const zonda_linear_arguments &args, const Work &work, int warp) {
        step++;
        if (step >= steps) return;
        TileOfStep at = work.tile_of(args, step);
        Global<const uint8_t> weight = work.weight(args, at);
        if constexpr (Work::isGrouped) {
            if (!weight) return void(run.record = run.end);  // another launch's
        }
        if (args.parts[at.part].layout == 0) run = run_of<A>(args, weight, at, warp, false);
        else run = run_of<B>(args, weight, at, warp, true);
    }
};

template <typename A, typename B, int stages> struct WeightStream {
    static constexpr int slotBytes = max_of(A::recordUnits * A::bytes, B::recordUnits * B::bytes);
    WeightRing<stages, slotBytes> ring;
    Cursor<A, B> ahead;

    /// Starts the copy of the next record, of whichever tile.
    template <typename Work> DEVICE void start_next(const zonda_linear_arguments &args, const Work &work, int warp) {
        while (ahead.step < ahead.steps && ahead.run.record >= ahead.run.end) ahead.advance(args, work, warp);
        if (ahead.step >= ahead.steps) return ring.skip();
        const Run &run = ahead.run;
        const int units = min_of(run.recordUnits, run.units - run.record * run.recordUnits);
        ring.start(run.from + int64_t(run.record) * run.bytes, units * run.unitBytes);
        ahead.run.record++;
    }
};

/// A warp's part of a tile.
template <typename W, int tiles, int terms, typename Stream, typename Rows, typename Work>
DEVICE void multiply_run(
    const zonda_linear_arguments &args, const Work &work, Stream &stream, const Rows &rows, int warp, int lane,
    float (&sum)[tiles][4]) {
    const int units = divide_up(args.rows.columns, W::columns), records = divide_up(units, W::recordUnits);
    for (int record = records * warp / fewWarps; record < records * (warp + 1) / fewWarps; record++) {
        Bytes<Space::shared> slot = stream.ring.next();
        const int first = record * W::recordUnits, count = min_of(W::recordUnits, units - first);
#pragma unroll 2
        for (int unit = 0; unit < count; unit++)
            multiply_unit<W, tiles, terms>(slot + unit * W::bytes, rows, (first + unit) * W::columns, lane, sum);
        stream.ring.release();
        stream.start_next(args, work, warp);
    }
}

/// The kernel. `Work` says which tiles a block computes of which rows with which weights; where it reads that from
/// memory (isGrouped), copies begin after the wait.
template <typename A, typename B, int tiles, int terms, int stages, bool prepares, typename Work>
DEVICE void multiply_few(const zonda_linear_arguments &args, Work work) {
    constexpr Space space = prepares ? Space::shared : Space::global;
    const int lane = lane_id(), warp = threadIdx.x / 32;
    SharedArena arena;
    WeightStream<A, B, stages> stream;
    stream.ring.template allocate<fewWarps>(arena, warp);
    Shared<float> partial = arena.array<float>(2 * fewWarps * 128);
    Shared<float> scratch = arena.array<float>(24);
    Shared<float> undo = arena.array<float>(tiles * 8);

    int steps = 0;
    auto fill_ring = [&]() {
        steps = work.step_count(args);
        stream.ahead.steps = steps;
        for (int i = 0; i < stages; i++) stream.start_next(args, work, warp);
    };
    if constexpr (!Work::isGrouped) fill_ring();
    wait_for_previous();
    launch_next();
    if constexpr (Work::isGrouped) {
        work.read();
        fill_ring();
    }

    const int stride = activation_stride(args.rows.columns);
    int rowCount = true_rows(args.rows);
    RowSource<space, typename Work::Map> rows;
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
        if constexpr (!Work::isGrouped) {
            Global<const float> scales = args.prepared.scales;
            if (int(threadIdx.x) < rowCount) undo[threadIdx.x] = scales[threadIdx.x];
        }
    }
    sync_threads();

    float gate[tiles] = {};
    int block = -1, firstLine = 0;
    float ownUndo = 1;  // of the row that this thread stores, where blocks have rows of their own
    for (int step = 0; step < steps; step++) {
        const TileOfStep at = work.tile_of(args, step);
        if constexpr (Work::isGrouped) {
            if (at.block != block) {
                block = at.block;
                firstLine = work.enter(block, lane, rows.map);
                rowCount = rows.rows = work.count;
                const int source = shuffle(rows.map.source, lane / 4 % 4 * 2 + lane % 2);
                if (source >= 0) {
                    if constexpr (prepares) ownUndo = undo[source];
                    else ownUndo = Global<const float>(args.prepared.scales)[source];
                }
            }
        }
        const zonda_linear_part &part = args.parts[at.part];
        float sum[tiles][4] = {};
        if (!Work::isGrouped || rowCount > 0) {
            if (SameLayout<A, B>::value || part.layout == 0)
                multiply_run<A, tiles, terms>(args, work, stream, rows, warp, lane, sum);
            else
                multiply_run<B, tiles, terms>(args, work, stream, rows, warp, lane, sum);
        }

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
            float value = finish_sum(args, part, n, total, Work::isGrouped ? ownUndo : float(undo[row]));
            if (args.combine == ZONDA_COMBINE_GATED) {
                if (at.part == 0) gate[tile] = activate(value, args.activation);
                else store_result(args, part, firstLine + row, n, gate[tile] * value);
            } else {
                if (args.combine == ZONDA_COMBINE_ACTIVATION) value = activate(value, args.activation);
                store_result(args, part, firstLine + row, n, value);
            }
        }
    }
}
