// Attention of single rows (decoding) over paged keys and values: softmax(cap(scale · q kᵀ)) v, heads grouped.
//
// query, output f32 [rows, heads * headSize]; the cache f16, bf16 or e4m3; f32 softmax and sums. The context of a row
// is cut into splits of a fixed number of tokens (Dao et al. 2023, Flash-Decoding), which are items of attention_plan's
// list. A block takes one item after the other: each of its warps walks every fourth (second, for wide heads) page with
// a buffer of its own, so that no barrier stands in the stream; the warps' results are then merged in order. The last
// block to finish a row's splits merges those, in order too. So a row's bits depend on the row and its context only.
// Grid: (any number of blocks, zonda_attention_head_blocks), zonda_attention_decode_warps * 32 threads,
// zonda_attention_decode_shared bytes. Two or three blocks a multiprocessor are resident; more than there are items is
// waste. Not timed on a GPU yet.
// instantiate: attention_decode<f16, 32>
// instantiate: attention_decode<f16, 64>
// instantiate: attention_decode<f16, 80>
// instantiate: attention_decode<f16, 96>
// instantiate: attention_decode<f16, 112>
// instantiate: attention_decode<f16, 128>
// instantiate: attention_decode<f16, 192>
// instantiate: attention_decode<f16, 256>
// instantiate: attention_decode<bf16, 64>
// instantiate: attention_decode<bf16, 128>
// instantiate: attention_decode<bf16, 256>
// instantiate: attention_decode<e4m3, 64>
// instantiate: attention_decode<e4m3, 128>
// instantiate: attention_decode<e4m3, 256>
#include "attention_tile.cuh"

namespace {

constexpr int headRows = 16;

template <typename T, int size> constexpr int decodeWarps = size * int(sizeof(T)) <= 256 ? 4 : 2;

/// Resident blocks of a multiprocessor that registers must leave room for; three of size 112 would spill.
template <int size> constexpr int decodeBlocks = size <= 80 ? 4 : size == 112 ? 2 : size <= 128 ? 3 : 1;

/// A row's result so far: outputs that are not yet divided by `total`, which is relative to `highest`.
struct Statistics {
    float highest, total;
};

/// What a part's sums are multiplied by where the highest score of all parts is `highest`.
DEVICE float merge_factor(float partHighest, float highest) {
    return highest == negative_infinity() ? 0.0f : exp2_approx(partHighest - highest);
}

/// Merges the splits [first, first + count) of one item list into the output of `rows` heads from `firstHead` on.
template <typename T, int size>
DEVICE void merge_splits(
    const zonda_paged_attention_arguments &args, Global<const float> partials, Global<const Statistics> statistics,
    zonda_attention_split item, int firstHead, int rows, Global<float> output) {
    for (int i = threadIdx.x; i < rows * size; i += decodeWarps<T, size> * 32) {
        int row = i / size, column = i % size;
        if (column >= args.head_size) continue;
        float highest = negative_infinity(), total = 0, sum = 0;
        for (int s = item.first; s < item.first + item.count; s++) {
            Statistics part = statistics[int64_t(s) * args.heads + firstHead + row];
            highest = max_of(highest, part.highest);
        }
        for (int s = item.first; s < item.first + item.count; s++) {
            int64_t at = int64_t(s) * args.heads + firstHead + row;
            Statistics part = statistics[at];
            float factor = merge_factor(part.highest, highest);
            total = fma_rn(part.total, factor, total);
            sum = fma_rn(partials[at * size + column], factor, sum);
        }
        output[(firstHead + row) * args.head_size + column] = sum / total;
    }
}

}  // namespace

template <typename T, int size>
__global__ void __launch_bounds__((decodeWarps<T, size>) * 32, decodeBlocks<size>)
attention_decode(const __grid_constant__ zonda_paged_attention_arguments args) {
    constexpr int warps = decodeWarps<T, size>, threads = warps * 32;
    using Page = PageTile<T, size>;
    using Query = QueryTile<T, size, headRows>;
    static_assert(2 * Page::bytes >= headRows * size * 4, "a warp's output takes the place of its page");
    SharedArena arena;
    Shared<uint8_t> query = arena.array<uint8_t, 128>(Query::bytes);
    Shared<uint8_t> pages = arena.array<uint8_t, 128>(warps * head_bytes<T>(size));
    Shared<Statistics> warpStatistics = arena.array<Statistics>(warps * headRows);
    Shared<uint32_t> isLast = arena.array<uint32_t>(4);
    int warp = threadIdx.x / 32, lane = lane_id();
    Shared<uint8_t> keys = pages + warp * head_bytes<T>(size), values = keys + Page::bytes;

    int group = args.heads / args.kv_heads, blocksPerHead = divide_up(group, headRows);
    int keyHead = blockIdx.y / blocksPerHead, firstOfGroup = blockIdx.y % blocksPerHead * headRows;
    int firstHead = keyHead * group + firstOfGroup, rows = min_of(headRows, group - firstOfGroup);
    ScoreScale scale(args);

    wait_for_previous();
    launch_next();
    zonda_attention_counts counts = Global<const zonda_attention_counts>(args.counts)[0];
    for (int index = blockIdx.x; index < counts.splits; index += gridDim.x) {
        zonda_attention_split item = Global<const zonda_attention_split>(args.splits)[index];
        zonda_attention_span span = Global<const zonda_attention_span>(args.spans)[item.span];
        Global<const int32_t> table =
            Global<const int32_t>(args.tables) + int(Global<const int32_t>(args.table_offsets)[item.span]);

        // The tokens of this item: [firstKey, endKey).
        int position = span.first_position;
        int firstSeen = args.window > 0 ? max_of(0, position - args.window + 1) : 0;
        int tokens = zonda_attention_split_tokens(position - firstSeen + 1);
        int firstKey = max_of(firstSeen, item.split * tokens), endKey = min_of(position + 1, (item.split + 1) * tokens);

        auto load_entry = [&](int page) { return page * pageTokens < endKey ? int(table[page]) : 0; };
        auto start_copy = [&](Shared<uint8_t> to, int page, int entry, int half) {
            int start = page * pageTokens;
            if (start < endKey) {
                Global<const uint8_t> from = Global<const uint8_t>(args.pages) + int64_t(entry) * args.page_bytes +
                                             int64_t(keyHead) * head_bytes<T>(size);
                Page::template start_copy<32>(to, from + half * Page::bytes, lane, firstKey - start, endKey - start);
                if constexpr (isScaled<T>) {
                    Page::start_scale_copy(
                        keys + scale_offset(half, 0, size), from + scale_offset(half, 0, size), lane, firstKey - start,
                        endKey - start);
                }
            }
            commit_copies();
        };
        int page = item.split * tokens / pageTokens + warp;  // the same for every row that has this split
        while (page * pageTokens + pageTokens <= firstKey) page += warps;
        int entry = load_entry(page);
        start_copy(keys, page, entry, 0);
        start_copy(values, page, entry, 1);

        Global<const float> queries =
            Global<const float>(args.query) + int64_t(span.first_row) * args.query_stride + firstHead * args.head_size;
        for (int i = threadIdx.x; i < headRows * (size / 4); i += threads) {
            int row = i / (size / 4), column = i % (size / 4) * 4;
            float4 x = make_float4(0, 0, 0, 0);
            if (row < rows && column < args.head_size) {
                x = as<const float4>(queries + (row * args.head_size + column))[0];
            }
            Query::store(query, row, column, x, scale.queryFactor);
        }
        sync_threads();

        Attention<T, size, 1> attention;
        for (; page * pageTokens < endKey; page += warps) {
            int start = page * pageTokens;
            entry = load_entry(page + warps);  // early: the copies below need it at once
            wait_copies<1>();
            sync_warp();  // the keys are there for all lanes
            float scores[1][4][4];
            attention.template score<headRows, 1>(scores, query, 0, keys);
            if constexpr (isScaled<T>) {
                attention.template rescale<1>(scores, as<const float>(keys + scale_offset(0, 0, size)), e4m3Unit);
            }
            sync_warp();  // all lanes have used the keys
            start_copy(keys, page + warps, entry, 0);
            if (args.soft_cap > 0) attention.template cap<1>(scores, scale);
            if (start < firstKey || start + pageTokens > endKey) {
                attention.template mask<1>(scores, start, [&](int, int) { return KeyRange{firstKey, endKey}; });
            }
            attention.template weigh<1>(scores);
            wait_copies<1>();
            sync_warp();  // the values are there
            if constexpr (isScaled<T>) {
                Shared<const float> scales = as<const float>(keys + scale_offset(1, 0, size));
                attention.template rescale<1>(scores, scales, largestE4M3);
            }
            attention.template accumulate<1>(scores, values);
            sync_warp();  // all lanes have used the values
            start_copy(values, page + warps, entry, 1);
        }
        wait_copies<0>();
        sync_warp();  // no copy is under way into what becomes the output
        attention.finish();

        // The warps' results, each in place of its page.
        Shared<float> outputs = as<float>(pages);
        constexpr int warpFloats = head_bytes<T>(size) / 4;
#pragma unroll
        for (int h = 0; h < 2; h++) {
            int row = lane / 4 + 8 * h;
#pragma unroll
            for (int n = 0; n < size / 8; n++) {
#pragma unroll
                for (int i = 0; i < 2; i++) {
                    outputs[warp * warpFloats + row * size + Page::value_of(n, i)] = attention.output[0][n][2 * h + i];
                }
            }
            if (lane % 4 == 0) {
                warpStatistics[warp * headRows + row] = Statistics{attention.highest[0][h], attention.total[0][h]};
            }
        }
        sync_threads();
        Global<float> partials = args.partials;
        int64_t partialRows = int64_t(counts.splits) * args.heads;
        Global<Statistics> statistics = as<Statistics>(partials + partialRows * size);
        // Read again: registers were scarce in between.
        item = Global<const zonda_attention_split>(args.splits)[index];
        span = Global<const zonda_attention_span>(args.spans)[item.span];
        Global<float> output = Global<float>(args.output) + int64_t(span.first_row) * args.output_stride;
        constexpr float unit = isScaled<T> ? e4m3Unit / largestE4M3 : 1.0f;
        for (int i = threadIdx.x; i < rows * size; i += threads) {
            int row = i / size, column = i % size;
            float highest = negative_infinity(), total = 0, sum = 0;
#pragma unroll
            for (int w = 0; w < warps; w++) {
                Statistics part = warpStatistics[w * headRows + row];
                highest = max_of(highest, part.highest);
            }
#pragma unroll
            for (int w = 0; w < warps; w++) {
                Statistics part = warpStatistics[w * headRows + row];
                float factor = merge_factor(part.highest, highest);
                total = fma_rn(part.total, factor, total);
                sum = fma_rn(outputs[w * warpFloats + row * size + column], factor, sum);
            }
            sum *= unit;
            if (item.count == 1) {
                if (column < args.head_size) output[(firstHead + row) * args.head_size + column] = sum / total;
            } else {
                int64_t at = int64_t(index) * args.heads + firstHead + row;
                partials[at * size + column] = sum;
                if (column == 0) statistics[at] = Statistics{highest, total};
            }
        }
        if (item.count > 1) {
            fence_gpu();
            sync_threads();
            if (threadIdx.x == 0) {
                Global<uint32_t> arrivals = Global<uint32_t>(args.arrivals) + (item.span * int(gridDim.y) + blockIdx.y);
                uint32_t before = atomic_add(arrivals, 1u);
                isLast[0] = before == uint32_t(item.count) - 1 ? 1u : 0u;
                if (before == uint32_t(item.count) - 1) atomic_exchange(arrivals, 0u);  // for the next launch
            }
            sync_threads();
            if (isLast[0] != 0) {
                fence_gpu();
                merge_splits<T, size>(
                    args, Global<const float>(partials), Global<const Statistics>(statistics), item, firstHead, rows,
                    output);
            }
        }
        sync_threads();  // the next item's pages take the place of these results
    }
}
