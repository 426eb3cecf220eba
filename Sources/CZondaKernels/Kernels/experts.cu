// The routing of a mixture of experts, the lists for its grouped products, and the weighted sum of their results.
// (Shazeer et al. 2017; softmax over all experts first, as in Mixtral and Qwen3-MoE.)
//
// expert_route: softmax of the router's logits [R, E] and the K largest of each row, largest first, ties to the lower
//   id, NaN last. A warp per row; block 256, grid ceil(rows / 8). Weights within 2^-19 relative.
// expert_group: sorts the pairs by expert and makes the lists of zonda_experts.h. A block per expert, which counts the
//   pairs of all experts, then places its own: no atomics on lists, one order whatever the schedule.
//   Block 256, grid expert_count, shared memory 4 bytes per expert and 128. Arguments as expert_route's.
// expert_mix: output[r] = residual[r] + scale · Σ_k w[r, k] · products[positions[r, k]], k in order, f32, unfused.
//   Block 256, grid (ceil(width / (256 * pack)), rows); pack 4 wants multiples of 4 and addresses of 16 bytes.
// E at most 1024, K at most 32 and at most E. Rows beyond *row_count: route and mix leave them, group doesn't see them.
// instantiate: expert_route
// instantiate: expert_group
// instantiate: expert_mix<4>
// instantiate: expert_mix<1>
#include "zonda.cuh"
#include "zonda_experts.h"
#include "row_access.cuh"

/// An integer that grows as the score does; NaN is lowest, but above 0, which marks a score that is taken.
DEVICE uint32_t score_order(float score) {
    if (score != score) return 1;
    uint32_t bits = bits_of(add_rn(score, 0.0f));
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

DEVICE int rows_of_step(DevicePointer<const int32_t> count, int rows) {
    if (!count) return rows;
    int32_t own = Global<const int32_t>(count)[0];
    return min_of(own, rows);
}

__global__ void __launch_bounds__(256) expert_route(const __grid_constant__ zonda_expert_route_arguments args) {
    constexpr int perLane = zonda_max_experts / 32;
    const int lane = lane_id(), row = blockIdx.x * 8 + threadIdx.x / 32;
    wait_for_previous();
    launch_next();
    if (row >= rows_of_step(args.row_count, args.rows)) return;
    Global<const float> scores = Global<const float>(args.scores) + row * args.scores_stride;
    Global<int32_t> experts = Global<int32_t>(args.lists.experts) + int64_t(row) * args.top;
    Global<float> weights = Global<float>(args.lists.weights) + int64_t(row) * args.top;

    float score[perLane], highest = -float_of_bits(0x7F800000u);
#pragma unroll
    for (int i = 0; i < perLane; i++) {
        score[i] = -float_of_bits(0x7F800000u);
        if (i * 32 + lane < args.expert_count) score[i] = scores[i * 32 + lane];
        highest = max_of(highest, score[i]);
    }
    highest = warp_max(highest);
    float total = 0;
#pragma unroll
    for (int i = 0; i < perLane; i++) {
        if (i * 32 + lane < args.expert_count) total += exp_approx(score[i] - highest);
    }
    total = warp_sum(total);

    // The largest left, again and again. `taken` has a bit for each of this lane's scores.
    uint32_t taken = 0, chosen = 0;
    float weight = 0, chosenSum = 0;
    for (int rank = 0; rank < args.top; rank++) {
        uint32_t best = 0;
        int bestIndex = 0;
        float bestScore = 0;
#pragma unroll
        for (int i = 0; i < perLane; i++) {
            bool isLeft = i * 32 + lane < args.expert_count && !(taken >> i & 1);
            uint32_t order = isLeft ? score_order(score[i]) : 0;
            if (order > best) best = order, bestIndex = i, bestScore = score[i];
        }
        uint32_t winner = reduce_max(best);
        uint32_t expert = reduce_min(best == winner && best != 0 ? uint32_t(bestIndex * 32 + lane) : 0xFFFFFFFFu);
        float own = exp_approx(bestScore - highest);
        if ((expert & 31) == uint32_t(lane)) taken |= 1u << bestIndex;
        own = shuffle(own, int(expert & 31));
        chosenSum += own;
        if (lane == rank) chosen = expert, weight = own;
    }
    if (lane < args.top) {
        experts[lane] = int32_t(chosen);
        weights[lane] = div_rn(weight, args.renormalizes ? chosenSum : total);
    }
}

/// Cuts an expert's sorted pairs into blocks, the first of which is number `index` of the list. All threads.
DEVICE void write_blocks(const zonda_expert_block_list &list, int index, int expert, int first, int count) {
    const int rows = int(list.rows), own = divide_up(count, rows);
    Global<zonda_expert_block> blocks = list.blocks;
    for (int i = threadIdx.x; i < own; i += 256) {
        const zonda_expert_block block = {expert, first + i * rows, min_of(rows, count - i * rows), 0};
        blocks[index + i] = block;
    }
}

__global__ void __launch_bounds__(256) expert_group(const __grid_constant__ zonda_expert_route_arguments args) {
    SharedArena arena;
    Shared<int32_t> partial = arena.array<int32_t>(32);
    Shared<int32_t> counts = arena.array<int32_t>(args.expert_count);  // pairs of each expert
    const int thread = threadIdx.x, lane = lane_id(), warp = thread / 32, expert = blockIdx.x;
    for (int e = thread; e < args.expert_count; e += 256) counts[e] = 0;
    sync_threads();
    wait_for_previous();
    launch_next();
    const int pairs = rows_of_step(args.row_count, args.rows) * args.top;
    Global<const int32_t> experts = args.lists.experts;

    // Each warp has a stretch of pairs, in whole steps of 32.
    const int share = divide_up(divide_up(pairs, 8), 32) * 32;
    const int first = warp * share, end = min_of(first + share, pairs);
    int own = 0;
    for (int start = first; start < end; start += 32) {
        int32_t e = -1;
        if (start + lane < end) e = experts[start + lane];
        own += popcount(ballot_lanes(e == expert));
        if (e >= 0) atomic_add(counts + e, 1);
    }
    if (lane == 0) partial[warp] = own;
    sync_threads();

    // What lower experts have: pairs, and blocks of both lists.
    const int innerRows = int(args.lists.inner.rows), outerRows = int(args.lists.outer.rows);
    int lower[3] = {};
    for (int e = thread; e < expert; e += 256) {
        const int32_t count = counts[e];
        lower[0] += count;
        lower[1] += divide_up(int(count), innerRows);
        lower[2] += divide_up(int(count), outerRows);
    }
#pragma unroll
    for (int i = 0; i < 3; i++) {
        lower[i] = reduce_add(lower[i]);
        if (lane == 0) partial[8 + i * 8 + warp] = lower[i];
    }
    sync_threads();
    int count = 0, position = 0;
    lower[0] = lower[1] = lower[2] = 0;
    for (int w = 0; w < 8; w++) {
        if (w == warp) position = count;
        count += partial[w];
#pragma unroll
        for (int i = 0; i < 3; i++) lower[i] += partial[8 + i * 8 + w];
    }
    const int offset = lower[0];
    position += offset;

    Global<int32_t> positions = args.lists.positions, rows = args.lists.source_rows;
    for (int start = first; start < end; start += 32) {
        int32_t e = -1;
        if (start + lane < end) e = experts[start + lane];
        uint32_t lanes = ballot_lanes(e == expert);
        if (e == expert) {
            int at = position + popcount(lanes & ((1u << lane) - 1));
            positions[start + lane] = at;
            rows[at] = (start + lane) / args.top;
        }
        position += popcount(lanes);
    }
    write_blocks(args.lists.inner, lower[1], expert, offset, count);
    write_blocks(args.lists.outer, lower[2], expert, offset, count);
    if (thread != 0) return;
    Global<int32_t> offsets = args.lists.offsets;
    offsets[expert] = offset;
    if (expert != args.expert_count - 1) return;
    Global<int32_t> innerCount = args.lists.inner.count, outerCount = args.lists.outer.count;
    offsets[args.expert_count] = offset + count;
    innerCount[0] = lower[1] + divide_up(count, innerRows);
    outerCount[0] = lower[2] + divide_up(count, outerRows);
}

template <int pack>
__global__ void __launch_bounds__(256) expert_mix(const __grid_constant__ zonda_expert_mix_arguments args) {
    const int at = (blockIdx.x * 256 + threadIdx.x) * pack, row = blockIdx.y;
    wait_for_previous();
    launch_next();
    if (at >= args.width || row >= rows_of_step(args.row_count, row + 1)) return;
    Global<const float> products = Global<const float>(args.products) + at;
    Global<const int32_t> positions = Global<const int32_t>(args.lists.positions) + int64_t(row) * args.top;
    Global<const float> weights = Global<const float>(args.lists.weights) + int64_t(row) * args.top;
    Global<const float> residual = args.residual;
    float sum[pack] = {};
    for (int k = 0; k < args.top; k++) {
        int32_t position = positions[k];
        float weight = weights[k], x[pack];
        load_values(products + position * args.products_stride, x);
#pragma unroll
        for (int j = 0; j < pack; j++) sum[j] = add_rn(sum[j], mul_rn(weight, x[j]));
    }
    float base[pack] = {};
    if (residual) load_values(residual + (row * args.residual_stride + at), base);
#pragma unroll
    for (int j = 0; j < pack; j++) sum[j] = add_rn(base[j], mul_rn(args.scale, sum[j]));
    store_values(Global<float>(args.output) + (row * args.output_stride + at), sum);
}
