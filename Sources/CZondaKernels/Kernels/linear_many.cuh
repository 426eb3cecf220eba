// The text of linear_many and expert_many: tiles of 16 outputs with many rows at once, bound by tensor cores.
// linear_many.cu says how.
#pragma once
#include "epilogue.cuh"
#include "weight_products.cuh"

constexpr int chunkColumns = 64;

/// The work of linear_many: a block's rows lie one after the other, and each part has a weight.
template <int tiles> struct BlockOfRows {
    static constexpr bool isGrouped = false;

    DEVICE int first() const { return int(blockIdx.x) * tiles * 8; }
    DEVICE Global<const uint8_t> weight(const zonda_linear_arguments &args, int part) const {
        return args.parts[part].weight;
    }
};

/// A stage of rows: [splits][terms][rows][8 x 16 bytes], every other row's halves swapped so that reads of two rows meet
/// different banks. Columns count from the start of the warp's half.
template <int tiles, bool isListed> struct ChunkRows {
    Shared<const uint16_t> stage;
    Shared<const int32_t> sources;       // where isListed: which prepared rows the block's are, -1 beyond the last
    const zonda_linear_arguments &args;  // read again where sums are wanted: registers are scarce
    int firstRow, rowCount, firstColumn;

    /// Whether the block has a row `row`, and which of the prepared rows it is. Two questions, because one answer (-1
    /// for none) would cost linear_many a register that it does not have.
    DEVICE bool has(int row) const { return firstRow + row < rowCount; }
    DEVICE int prepared_row(int row) const {
        if constexpr (isListed) return sources[row];
        else return firstRow + row;
    }

    DEVICE uint4 fragment(int term, int tile, int column, int lane) const {
        const int row = tile * 8 + lane / 4, half = (column / 32 ^ row) % 2;
        return as<const uint4>(stage)[(term * tiles * 8 + row) * 8 + 4 * half + lane % 4];
    }
    DEVICE Global<const float> sums_at(int row, int column) const {
        return Global<const float>(args.prepared.sums)
            + (prepared_row(row) * int64_t(sum_stride(args.rows.columns)) + (firstColumn + column) / 16);
    }
    DEVICE float2 two_sums(int row, int column) const {
        if (!has(row)) return make_float2(0, 0);
        return as<const float2>(sums_at(row, column))[0];
    }
    DEVICE float4 four_sums(int row, int column) const {
        if (!has(row)) return make_float4(0, 0, 0, 0);
        return as<const float4>(sums_at(row, column))[0];
    }
};

/// What the block computes.
struct OutputBlock {
    int part, tile;  // of this warp; part -1: none
};
template <int outputs> DEVICE OutputBlock output_of(const zonda_linear_arguments &args, int index) {
    if (args.combine == ZONDA_COMBINE_GATED) {
        const int tile = blockIdx.y * (outputs / 2) + index % (outputs / 2);
        return {tile * 16 < args.parts[0].rows ? index / (outputs / 2) : -1, tile};
    }
    int block = blockIdx.y, part = 0;
    for (; part < args.part_count; part++) {
        const int blocks = divide_up(args.parts[part].rows, 16 * outputs);
        if (block < blocks) break;
        block -= blocks;
    }
    if (part == args.part_count) return {-1, 0};
    const int tile = block * outputs + index;
    return {tile * 16 < args.parts[part].rows ? part : -1, tile};
}

template <typename W, int stages> struct UnitSlots {
    static constexpr bool isLong = W::columns == 256;
    static constexpr int count = isLong ? 2 : stages, units = isLong ? 1 : 2, bytes = units * W::bytes;
    static constexpr int chunks = isLong ? 4 : 1;  // of one slot

    Shared<uint8_t> slots;
    Global<const uint8_t> from;
    int unitCount;

    /// Copies what chunk `chunk` is the first to need.
    DEVICE void start(int chunk, int lane) const {
        if (chunk % chunks != 0) return;
        const int slot = chunk / chunks, size = min_of(units, unitCount - slot * units) * W::bytes;
        for (int i = 16 * lane; i < size; i += 512)
            copy_async<16>(slots + slot % count * bytes + i, from + int64_t(slot) * bytes + i);
    }
    DEVICE Shared<const uint8_t> at(int chunk) const { return slots + chunk / chunks % count * bytes; }
};

/// The kernel. `Work` says which rows a block has; where it reads that from memory (isGrouped), copies begin after the
/// wait.
template <typename W, int tiles, int terms, int splits, int stages, typename Work>
DEVICE void multiply_many(const zonda_linear_arguments &args, Work work) {
    constexpr int outputs = 8 / splits, rowsPerBlock = tiles * 8, groups = W::columns / 32;
    constexpr int stageValues = rowsPerBlock * chunkColumns * terms;  // of one half
    constexpr int runs = ZONDA_LINEAR_WARPS;
    static_assert(stages <= 5, "a long unit's slot is free again five chunks after its first");
    const int lane = lane_id(), warp = threadIdx.x / 32, half = warp / outputs, index = warp % outputs;
    const int columns = args.rows.columns, stride = activation_stride(columns);

    constexpr int stagedBytes = stages * splits * stageValues * 2;
    SharedArena arena;
    Shared<uint8_t> shared = arena.array<uint8_t, 128>(
        max_of(stagedBytes + 8 * UnitSlots<W, stages>::count * UnitSlots<W, stages>::bytes, 4096 * tiles));
    Shared<uint16_t> staged = as<uint16_t>(shared);
    UnitSlots<W, stages> weights;
    weights.slots = shared + stagedBytes + warp * weights.count * weights.bytes;
    Shared<int32_t> sources = Shared<int32_t>();
    if constexpr (Work::isGrouped) {
        sources = arena.array<int32_t>(rowsPerBlock);
        wait_for_previous();
        launch_next();
        if (!work.read()) return;
        if (int(threadIdx.x) < rowsPerBlock) sources[threadIdx.x] = work.source(threadIdx.x);
        sync_threads();
    }

    // The halves meet where linear_few's fourth run ends.
    const int units = divide_up(columns, W::columns), records = divide_up(units, W::recordUnits);
    const int middle = splits == 1 ? 0 : records * (runs / 2) / runs * W::recordUnits;
    const int firstUnit = half == 0 ? 0 : middle;
    weights.unitCount = (splits == 1 || half == 1 ? units : middle) - firstUnit;
    const int longer = max_of(units - middle, middle), chunks = divide_up(longer * W::columns, chunkColumns);

    const OutputBlock output = output_of<outputs>(args, index);
    weights.from = work.weight(args, max_of(output.part, 0)) + (int64_t(output.tile) * units + firstUnit) * W::bytes;
    if (output.part < 0) weights.unitCount = 0;
    for (int chunk = 0; chunk < stages - 1; chunk++) weights.start(chunk, lane);
    int rowCount;
    if constexpr (Work::isGrouped) {
        rowCount = work.first() + work.count();
    } else {
        wait_for_previous();
        launch_next();
        rowCount = true_rows(args.rows);
    }

    ChunkRows<tiles, Work::isGrouped> rows = {
        Shared<const uint16_t>(), sources, args, work.first(), rowCount, firstUnit * W::columns};
    Global<const uint16_t> values = args.prepared.values;
    auto start_rows = [&](int chunk) {
        constexpr int pieces = splits * terms * rowsPerBlock * 8;
        Shared<uint16_t> stage = staged + chunk % stages * splits * stageValues;
#pragma unroll 1  // its addresses would cost registers that the sums need
        for (int piece = threadIdx.x; piece < pieces; piece += 256) {
            const int eighth = piece % 8, row = piece / 8 % rowsPerBlock;
            const int term = piece / 8 / rowsPerBlock % terms, side = piece / 8 / rowsPerBlock / terms;
            const int column = side * middle * W::columns + chunk * chunkColumns + eighth * 8;
            const bool exists = rows.has(row) && column < stride;
            const int64_t from = term * args.prepared.plane_stride + rows.prepared_row(row) * int64_t(stride) + column;
            const int to = (piece - eighth) + (eighth ^ row % 2 * 4);
            copy_async<16>(stage + to * 8, exists ? values + from : values, exists ? 16 : 0);
        }
    };
    for (int chunk = 0; chunk < stages - 1; chunk++) {
        if (chunk < chunks) start_rows(chunk);
        commit_copies();
    }

    float total[splits == 2 ? tiles : 1][4] = {}, sum[tiles][4] = {}, chain[tiles][4] = {};
    int run = half * (runs / 2) - 1, runEnd = 0;
    auto skip_runs = [&](int done) {  // to the one that is not over after `done` units; with few records some are empty
        while (run + 1 < runs && runEnd <= done) {
            run++;
            runEnd = min_of(records * (run + 1) / runs * W::recordUnits, units);
        }
    };
    skip_runs(firstUnit);
    auto end_unit = [&](int unit) {  // of this half
        if constexpr (splits == 2) {
            if (firstUnit + unit + 1 != runEnd) return;
            skip_runs(runEnd);
#pragma unroll
            for (int tile = 0; tile < tiles; tile++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    total[tile][i] += sum[tile][i];
                    sum[tile][i] = 0;
                }
            }
        }
    };

    typename W::Head head;
    for (int chunk = 0; chunk < chunks; chunk++) {
        wait_copies<stages - 2>();
        sync_threads();  // everyone's copies have landed, and nobody reads the stage that is filled next
        if (chunk + stages - 1 < chunks) {
            weights.start(chunk + stages - 1, lane);
            start_rows(chunk + stages - 1);
        }
        commit_copies();
        rows.stage = staged + (chunk % stages * splits + half) * stageValues;
        Bytes<Space::shared> slot = weights.at(chunk);
#pragma unroll 1
        for (int i = 0; i < 2; i++) {
            const int unit = weights.isLong ? chunk / 4 : chunk * 2 + i, group = weights.isLong ? chunk % 4 * 2 + i : 0;
            if (unit >= weights.unitCount) continue;
            Bytes<Space::shared> at = slot + (weights.isLong ? 0 : i * W::bytes);
            if (group == 0) head = W::head(at, lane);
            const int column = chunk * chunkColumns + 32 * i;
            typename W::Raw raw = W::raw(at, group, lane);
            if constexpr (W::chain == 256) {
                multiply_group<W, tiles, terms>(at, raw, head, group, rows, column, lane, chain, sum);
                if (group == groups - 1) {
                    end_superblock<W, tiles>(at, head, rows, column - 224, lane, chain, sum);
                    end_unit(unit);
                }
            } else {
                multiply_group<W, tiles, terms>(at, raw, head, group, rows, column, lane, sum, sum);
                if (group == groups - 1) end_unit(unit);
            }
        }
    }
    wait_copies<0>();

    // Through shared memory: halves and gates meet, and stores are of consecutive outputs.
    Shared<float> exchange = as<float>(shared);
    sync_threads();
#pragma unroll
    for (int tile = 0; tile < tiles; tile++) {
        float (&c)[4] = splits == 2 ? total[splits == 2 ? tile : 0] : sum[tile];
        as<float4>(exchange)[(warp * tiles + tile) * 32 + lane] = make_float4(c[0], c[1], c[2], c[3]);
    }
    sync_threads();
    const bool gated = args.combine == ZONDA_COMBINE_GATED;
    constexpr int width = outputs * 16;
    const int stored = gated ? width / 2 : width;
    auto sum_at = [&](int place, int row) {  // output `place` of the block
        const int fragment = (place / 16 * tiles + row / 8) * 32 + place % 8 * 4 + row % 8 / 2;
        const int element = fragment * 4 + place % 16 / 8 * 2 + row % 2;
        float first = exchange[element];
        return splits == 2 ? first + float(exchange[element + outputs * tiles * 128]) : first;
    };
    for (int i = threadIdx.x; i < stored * rowsPerBlock; i += 256) {
        const int place = i % stored, row = i / stored;
        const OutputBlock at = output_of<outputs>(args, place / 16);
        const int n = at.tile * 16 + place % 16, line = rows.firstRow + row;
        if (at.part < 0 || n >= args.parts[at.part].rows || line >= rows.rowCount) continue;
        const float undo = Global<const float>(args.prepared.scales)[rows.prepared_row(row)];
        const zonda_linear_part &first = args.parts[at.part];
        float value = finish_sum(args, first, n, sum_at(place, row), undo);
        if (args.combine != ZONDA_COMBINE_CONCATENATE) value = activate(value, args.activation);
        if (gated) value *= finish_sum(args, args.parts[1], n, sum_at(place + stored, row), undo);
        store_result(args, gated ? args.parts[1] : first, line, n, value);
    }
}
