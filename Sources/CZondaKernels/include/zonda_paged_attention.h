// Arguments of attention_plan.cu, attention_prompt.cu, attention_decode.cu and attention_plain.cu.
#pragma once
#include "zonda_cache.h"

/// Rows [first_row, first_row + row_count) are consecutive tokens of one sequence, from first_position on.
typedef struct zonda_attention_span {
    int32_t first_row, row_count, first_position;
} zonda_attention_span;

/// A prompt's work: packed rows [first, first + tile rows) of a span. Packed row p is token p / group, head p % group.
typedef struct zonda_attention_tile {
    int32_t span, first;
} zonda_attention_tile;

/// A decode row's work: positions [split * tokens, (split + 1) * tokens) of its context. The splits of one row lie side
/// by side in the list: this is one of `count` from `first` on.
typedef struct zonda_attention_split {
    int32_t span, split, first, count;
} zonda_attention_split;

typedef struct zonda_attention_counts {
    int32_t tiles, splits;
} zonda_attention_counts;

/// Tokens of one split. It depends on how many tokens the row sees and on nothing else, so a row's bits do too.
static inline int32_t zonda_attention_split_tokens(int32_t visible) {
    return visible <= 1024 ? 128 : visible <= 4096 ? 256 : visible <= 32768 ? 512 : 1024;
}

/// The most splits that one row can need whose sequence has at most `context` tokens; a window shortens what it sees.
static inline int32_t zonda_attention_most_splits(int32_t context, int32_t window) {
    int32_t visible = window > 0 && window < context ? window : context, most = 1;
    // A longer context may have fewer splits, of the next size.
    for (int32_t limit = 1024; limit <= 65536; limit *= 2) {
        int32_t seen = visible < limit ? visible : limit;
        int32_t splits = (seen + zonda_attention_split_tokens(seen) - 1) / zonda_attention_split_tokens(seen);
        if (splits > most) most = splits;
    }
    int32_t splits = (visible + zonda_attention_split_tokens(visible) - 1) / zonda_attention_split_tokens(visible);
    if (splits > most) most = splits;
    return most + (window > 0 ? 1 : 0);  // a window may begin inside a split
}

/// Packed rows of one prompt tile.
static inline int32_t zonda_attention_tile_rows(int32_t head_size) {
    return zonda_cache_padded_head(head_size) <= 128 ? 128 : 64;
}

/// The most prompt tiles of a step: each span's last one may be short.
static inline int32_t zonda_attention_most_tiles(int32_t rows, int32_t spans, int32_t group, int32_t head_size) {
    return (int32_t)((int64_t)rows * group / zonda_attention_tile_rows(head_size)) + spans;
}

/// Floats of the partial results, and words of the arrival counters (which must be 0 at first, and are 0 after each
/// launch).
static inline int64_t zonda_attention_partial_floats(int64_t splits, int32_t heads, int32_t head_size) {
    return splits * heads * (zonda_cache_padded_head(head_size) + 2);
}
static inline int64_t zonda_attention_arrival_words(int32_t spans, int32_t heads) { return (int64_t)spans * heads; }

/// Blocks that one decode split is cut into: 16 query heads of one key head each.
static inline int32_t zonda_attention_head_blocks(int32_t heads, int32_t kv_heads) {
    return kv_heads * ((heads / kv_heads + 15) / 16);
}

/// Whether queries are kept as a sum of two numbers, because one bf16 would be too coarse.
static inline int32_t zonda_attention_query_parts(zonda_cache_type type) { return type == ZONDA_CACHE_BF16 ? 2 : 1; }

/// Dynamic shared memory of attention_prompt.
static inline int32_t zonda_attention_prompt_shared(zonda_cache_type type, int32_t head_size) {
    int32_t size = zonda_cache_padded_head(head_size), pages = size <= 128 ? 2 : 1;
    return zonda_attention_tile_rows(head_size) * (size * 2 * zonda_attention_query_parts(type) + 3 * 4) +
           32 + pages * (int32_t)zonda_cache_head_bytes(type, head_size);
}

/// Warps of a block of attention_decode: each holds a page.
static inline int32_t zonda_attention_decode_warps(zonda_cache_type type, int32_t head_size) {
    return zonda_cache_padded_head(head_size) * (type == ZONDA_CACHE_E4M3 ? 1 : 2) <= 256 ? 4 : 2;
}

/// Dynamic shared memory of attention_decode.
static inline int32_t zonda_attention_decode_shared(zonda_cache_type type, int32_t head_size) {
    int32_t warps = zonda_attention_decode_warps(type, head_size);
    return 16 * zonda_cache_padded_head(head_size) * 2 * zonda_attention_query_parts(type) +
           warps * ((int32_t)zonda_cache_head_bytes(type, head_size) + 16 * 2 * 4) + 16;
}

/// Dynamic shared memory of attention_plain.
static inline int32_t zonda_attention_plain_shared(void) { return (1 + 4) * ZONDA_CACHE_LARGEST_HEAD * 4 + 2 * 4 * 4; }

/// Makes the lists of work of a step, for all layers with these heads and this window.
typedef struct zonda_attention_plan_arguments {
    ZONDA_ADDRESS(const zonda_attention_span) spans;
    ZONDA_ADDRESS(const int32_t) span_count;
    ZONDA_ADDRESS(zonda_attention_counts) counts;
    ZONDA_ADDRESS(zonda_attention_tile) tiles;
    ZONDA_ADDRESS(zonda_attention_split) splits;
    int32_t tile_capacity, split_capacity;
    int32_t group;        // query heads per key head
    int32_t tile_rows;    // zonda_attention_tile_rows
    int32_t window;       // 0 for none
    int32_t prompt_only;  // single rows too go through attention_prompt: decode and prompt then agree bit for bit
} zonda_attention_plan_arguments;

typedef struct zonda_paged_attention_arguments {
    ZONDA_ADDRESS(const float) query;  // [rows][heads * head_size]
    ZONDA_ADDRESS(float) output;       // the same shape; not the query's memory
    ZONDA_ADDRESS(const zonda_attention_span) spans;
    ZONDA_ADDRESS(const int32_t) span_count;     // attention_plain only
    ZONDA_ADDRESS(const int32_t) table_offsets;  // [spans] where each one's table begins
    ZONDA_ADDRESS(const int32_t) tables;         // the page of positions 32 i ...; never read below a window
    ZONDA_ADDRESS(const uint8_t) pages;
    ZONDA_ADDRESS(const zonda_attention_counts) counts;
    ZONDA_ADDRESS(const zonda_attention_tile) tiles;
    ZONDA_ADDRESS(const zonda_attention_split) splits;
    ZONDA_ADDRESS(float) partials;     // decode only
    ZONDA_ADDRESS(uint32_t) arrivals;  // decode only
    int64_t page_bytes;
    int32_t query_stride, output_stride;
    int32_t heads, kv_heads, head_size;
    int32_t window;  // a row at position p sees p - window + 1 ... p; 0 for all
    float scale;
    float soft_cap;  // cap * tanh(score / cap); 0 for none
} zonda_paged_attention_arguments;
