// Attention in f32 by plain loops, for any type of cache: what `--dtype f32` runs, and an oracle beside the fast
// kernels.
//
// softmax(cap(scale · q kᵀ)) v with a grid of (rows, heads) and 4 warps a block: a warp takes every fourth page; for
// scores a lane holds one token, for outputs every 32nd value. Results of the warps are merged in order. Shared memory:
// zonda_attention_plain_shared bytes. Reads no position that its row does not see.
// instantiate: attention_plain<float>
// instantiate: attention_plain<f16>
// instantiate: attention_plain<bf16>
// instantiate: attention_plain<e4m3>
#include "cache.cuh"
#include "zonda_paged_attention.h"

namespace {

constexpr int plainWarps = 4;
constexpr int largestHead = ZONDA_CACHE_LARGEST_HEAD;
constexpr int laneValues = largestHead / 32;

/// One value of a token's keys (half 0) or values (half 1), without its scale.
template <typename T> DEVICE float cached(Global<const uint8_t> block, int half, int token, int i, int paddedSize) {
    constexpr int pieceValues = pieceBytes / int(sizeof(T));
    int place = piece_place(token, i / pieceValues, paddedSize / pieceValues);
    int at = token_offset<T>(half, token, paddedSize) + place * pieceBytes;
    T x = as<const T>(block + at)[i % pieceValues];
    return to_float(x);
}
template <typename T> DEVICE float cached_scale(Global<const uint8_t> block, int half, int token, int paddedSize) {
    if constexpr (isScaled<T>) return as<const float>(block + scale_offset(half, token, paddedSize))[0];
    return 1;
}

}  // namespace

template <typename T>
__global__ void __launch_bounds__(plainWarps * 32, 1)
attention_plain(const __grid_constant__ zonda_paged_attention_arguments args) {
    SharedArena arena;
    Shared<float> query = arena.array<float>(largestHead);
    Shared<float> outputs = arena.array<float>(plainWarps * largestHead);
    Shared<float> highests = arena.array<float>(plainWarps), totals = arena.array<float>(plainWarps);
    int row = blockIdx.x, head = blockIdx.y, keyHead = head / (args.heads / args.kv_heads);
    int warp = threadIdx.x / 32, lane = lane_id(), size = args.head_size, paddedSize = zonda_cache_padded_head(size);

    wait_for_previous();
    launch_next();
    int index = -1, position = 0, spanCount = Global<const int32_t>(args.span_count)[0];
    for (int s = 0; s < spanCount; s++) {
        zonda_attention_span span = Global<const zonda_attention_span>(args.spans)[s];
        if (row < span.first_row || row >= span.first_row + span.row_count) continue;
        index = s;
        position = span.first_position + row - span.first_row;
    }
    if (index < 0) return;  // a row of the bucket that this step does not use
    Global<const int32_t> table =
        Global<const int32_t>(args.tables) + int(Global<const int32_t>(args.table_offsets)[index]);
    Global<const float> source = Global<const float>(args.query) + int64_t(row) * args.query_stride + head * size;
    for (int i = threadIdx.x; i < size; i += plainWarps * 32) query[i] = float(source[i]) * args.scale;
    sync_threads();

    float highest = float_of_bits(0xFF800000u), total = 0, output[laneValues];
    for (int i = 0; i < laneValues; i++) output[i] = 0;
    int first = args.window > 0 ? max_of(0, position - args.window + 1) : 0;
    for (int page = warp; page * pageTokens <= position; page += plainWarps) {
        if (page * pageTokens + pageTokens <= first) continue;
        Global<const uint8_t> block = Global<const uint8_t>(args.pages) + int64_t(int(table[page])) * args.page_bytes +
                                      int64_t(keyHead) * head_bytes<T>(paddedSize);
        int key = page * pageTokens + lane;
        bool isVisible = key >= first && key <= position;
        float score = float_of_bits(0xFF800000u);
        if (isVisible) {
            score = 0;
            for (int i = 0; i < size; i++) score = fma_rn(query[i], cached<T>(block, 0, lane, i, paddedSize), score);
            score *= cached_scale<T>(block, 0, lane, paddedSize);
            if (args.soft_cap > 0) {
                float grown = exp_approx(2.0f * score / args.soft_cap);
                score = args.soft_cap * (1.0f - 2.0f / (1.0f + grown));
            }
        }
        float best = max_of(highest, warp_max(score)), factor = exp_approx(highest - best);
        float weight = exp_approx(score - best);
        highest = best;
        total = fma_rn(total, factor, warp_sum(weight));
        for (int i = 0; i < laneValues; i++) output[i] *= factor;
        if (isVisible) weight *= cached_scale<T>(block, 1, lane, paddedSize);
        uint32_t visible = ballot_lanes(isVisible);
        for (int token = 0; token < pageTokens; token++) {
            if ((visible >> token & 1) == 0) continue;
            float share = shuffle(weight, token);
            for (int i = 0; i < laneValues; i++) {
                int column = lane + 32 * i;
                if (column < size) output[i] = fma_rn(share, cached<T>(block, 1, token, column, paddedSize), output[i]);
            }
        }
    }
    for (int i = 0; i < laneValues; i++) outputs[warp * largestHead + lane + 32 * i] = output[i];
    if (lane == 0) {
        highests[warp] = highest;
        totals[warp] = total;
    }
    sync_threads();
    float best = highests[0];  // page 0 may be below the window; some warp has seen the row itself
    for (int w = 1; w < plainWarps; w++) best = max_of(best, float(highests[w]));
    Global<float> target = Global<float>(args.output) + int64_t(row) * args.output_stride + head * size;
    for (int i = threadIdx.x; i < size; i += plainWarps * 32) {
        float sum = 0, all = 0;
        for (int w = 0; w < plainWarps; w++) {
            float factor = exp_approx(float(highests[w]) - best);
            all = fma_rn(totals[w], factor, all);
            sum = fma_rn(outputs[w * largestHead + i], factor, sum);
        }
        target[i] = sum / all;
    }
}
