// FlashAttention for prompts over paged keys and values: softmax(cap(scale · q kᵀ)) v, causal, heads grouped.
//
// query, output f32 [rows, heads * headSize]; the cache f16, bf16 or e4m3; f32 softmax and sums. A block takes a tile
// of packed query rows (token * group + head, of one key head): 4 warps of 32 rows each, or 16 for heads above 128, and
// walks the visible keys in blocks of 64 (32) tokens, aligned to position 0. Keys of the next block arrive while this
// block's values are summed, values while its keys are multiplied (cp.async), as in FlashAttention 2 (Dao 2023).
// Grid: (key heads, most tiles), 128 threads, zonda_attention_prompt_shared bytes; needs attention_plan's list.
//
// A row's bits depend on the row, its keys and values only: key blocks are the same however a prompt is cut, and blocks
// of which a row sees nothing change no bit of it. (Rows that go through attention_decode are summed otherwise.)
// Not timed on a GPU yet.
// instantiate: attention_prompt<f16, 32>
// instantiate: attention_prompt<f16, 64>
// instantiate: attention_prompt<f16, 80>
// instantiate: attention_prompt<f16, 96>
// instantiate: attention_prompt<f16, 112>
// instantiate: attention_prompt<f16, 128>
// instantiate: attention_prompt<f16, 192>
// instantiate: attention_prompt<f16, 256>
// instantiate: attention_prompt<bf16, 64>
// instantiate: attention_prompt<bf16, 128>
// instantiate: attention_prompt<bf16, 256>
// instantiate: attention_prompt<e4m3, 64>
// instantiate: attention_prompt<e4m3, 128>
// instantiate: attention_prompt<e4m3, 256>
#include "attention_tile.cuh"

namespace {

/// What a tile sees. It waits in shared memory and is read again for each block of keys: registers are scarce.
struct Sight {
    int32_t firstPosition, lastPosition;  // of the tile's rows
    int32_t firstKey, endKey;             // all keys that any row sees
    int32_t table;                        // where the span's page table begins
};

}  // namespace

template <typename T, int size>
__global__ void __launch_bounds__(128, 1)
attention_prompt(const __grid_constant__ zonda_paged_attention_arguments args) {
    constexpr int threads = 128, tiles = size <= 128 ? 2 : 1, pages = size <= 128 ? 2 : 1;
    constexpr int rows = threads / 32 * 16 * tiles, blockTokens = pages * pageTokens;
    using Page = PageTile<T, size>;
    using Query = QueryTile<T, size, rows>;
    SharedArena arena;
    Shared<uint8_t> query = arena.array<uint8_t, 128>(Query::bytes);
    Shared<uint8_t> keys = arena.array<uint8_t, 128>(pages * Page::bytes);
    Shared<uint8_t> values = arena.array<uint8_t, 128>(pages * Page::bytes);
    Shared<Sight> sight = arena.array<Sight>(1);
    Shared<int32_t> rowPositions = arena.array<int32_t>(rows);  // -1 beyond the tile
    Shared<int32_t> rowOutputs = arena.array<int32_t>(2 * rows);  // row and first column
    Shared<uint8_t> keyScales = arena.array<uint8_t>(isScaled<T> ? blockTokens * 4 : 0);
    Shared<uint8_t> valueScales = arena.array<uint8_t>(isScaled<T> ? blockTokens * 4 : 0);
    int thread = threadIdx.x, keyHead = blockIdx.x, group = args.heads / args.kv_heads;

    wait_for_previous();
    launch_next();
    zonda_attention_counts counts = Global<const zonda_attention_counts>(args.counts)[0];
    if (int(blockIdx.y) >= counts.tiles) return;
    zonda_attention_tile tile = Global<const zonda_attention_tile>(args.tiles)[blockIdx.y];
    zonda_attention_span span = Global<const zonda_attention_span>(args.spans)[tile.span];
    int packedCount = min_of(rows, span.row_count * group - tile.first);
    int table = Global<const int32_t>(args.table_offsets)[tile.span];
    int firstPosition = span.first_position + tile.first / group;
    int lastPosition = span.first_position + (tile.first + packedCount - 1) / group;
    int firstKey = args.window > 0 ? max_of(0, firstPosition - args.window + 1) : 0;
    if (thread == 0) sight[0] = Sight{firstPosition, lastPosition, firstKey, lastPosition + 1, table};
    // What is needed once more at the end waits there too.
    for (int row = thread; row < rows; row += threads) {
        int token = (tile.first + row) / group;
        rowPositions[row] = row < packedCount ? span.first_position + token : -1;
        rowOutputs[2 * row] = span.first_row + token;
        rowOutputs[2 * row + 1] = (keyHead * group + (tile.first + row) % group) * args.head_size;
    }
    sync_threads();

    auto load_entries = [&](int(&entries)[pages], int block) {
        Sight own = sight[0];
#pragma unroll
        for (int p = 0; p < pages; p++) {
            int page = block * pages + p;
            bool isVisible = page >= own.firstKey / pageTokens && page * pageTokens < own.endKey;
            entries[p] = isVisible ? int(Global<const int32_t>(args.tables)[own.table + page]) : 0;
        }
    };
    auto start_copy = [&](Shared<uint8_t> to, Shared<uint8_t> scales, const int(&entries)[pages], int block, int half) {
        Sight own = sight[0];
#pragma unroll
        for (int p = 0; p < pages; p++) {
            Global<const uint8_t> from = Global<const uint8_t>(args.pages) + int64_t(entries[p]) * args.page_bytes +
                                         int64_t(keyHead) * head_bytes<T>(size);
            int start = block * blockTokens + p * pageTokens, first = own.firstKey - start, end = own.endKey - start;
            Page::template start_copy<threads>(
                to + p * Page::bytes, from + half * Page::bytes, thread, first, end);
            if constexpr (isScaled<T>) {
                Page::start_scale_copy(
                    scales + p * pageTokens * 4, from + scale_offset(half, 0, size), thread, first, end);
            }
        }
        commit_copies();
    };

    int entries[pages], next[pages];
    int block = firstKey / blockTokens, lastBlock = lastPosition / blockTokens;
    load_entries(entries, block);
    start_copy(keys, keyScales, entries, block, 0);

    ScoreScale scale(args);
    for (int i = thread; i < rows * (size / 4); i += threads) {
        int row = i / (size / 4), column = i % (size / 4) * 4;
        float4 x = make_float4(0, 0, 0, 0);
        if (row < packedCount && column < args.head_size) {
            int64_t at = int64_t(int(rowOutputs[2 * row])) * args.query_stride + int(rowOutputs[2 * row + 1]) + column;
            x = as<const float4>(Global<const float>(args.query) + at)[0];
        }
        Query::store(query, row, column, x, scale.queryFactor);
    }

    int warpRow = thread / 32 * 16 * tiles;
    auto row_of = [&](int r, int h) { return warpRow + r * 16 + h * 8 + lane_id() / 4; };
    auto visible = [&](int r, int h) {
        int position = rowPositions[row_of(r, h)];
        return KeyRange{args.window > 0 ? position - args.window + 1 : 0, position + 1};
    };

    Attention<T, size, tiles> attention;
    for (; block <= lastBlock; block++) {
        int start = block * blockTokens;
        if (block < lastBlock) load_entries(next, block + 1);
        wait_copies<0>();
        sync_threads();  // the keys are there for all; all have used the last values
        start_copy(values, valueScales, entries, block, 1);

        float scores[tiles][pages * 4][4];
        attention.template score<rows, pages>(scores, query, warpRow, keys);
        if constexpr (isScaled<T>) attention.template rescale<pages>(scores, as<const float>(keyScales), e4m3Unit);
        if (args.soft_cap > 0) attention.template cap<pages>(scores, scale);
        Sight own = sight[0];
        bool isWhole = start + blockTokens - 1 <= own.firstPosition &&
                       (args.window == 0 || start > own.lastPosition - args.window);
        if (!isWhole) attention.template mask<pages>(scores, start, visible);

        wait_copies<0>();
        sync_threads();  // the values are there for all; all have used the keys
        if (block < lastBlock) start_copy(keys, keyScales, next, block + 1, 0);
        attention.template weigh<pages>(scores);
        if constexpr (isScaled<T>) attention.template rescale<pages>(scores, as<const float>(valueScales), largestE4M3);
        attention.template accumulate<pages>(scores, values);
#pragma unroll
        for (int p = 0; p < pages; p++) entries[p] = next[p];
    }

    attention.finish();
#pragma unroll
    for (int r = 0; r < tiles; r++) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            int row = row_of(r, h);
            if (int(rowPositions[row]) < 0) continue;
            Global<float> output = Global<float>(args.output) + int64_t(int(rowOutputs[2 * row])) * args.output_stride +
                                   int(rowOutputs[2 * row + 1]);
            float inverse = (isScaled<T> ? e4m3Unit / largestE4M3 : 1.0f) / attention.total[r][h];
#pragma unroll
            for (int n = 0; n < size / 8; n++) {
#pragma unroll
                for (int i = 0; i < 2; i++) {
                    int column = Page::value_of(n, i);
                    if (column < args.head_size) output[column] = attention.output[r][n][2 * h + i] * inverse;
                }
            }
        }
    }
}
