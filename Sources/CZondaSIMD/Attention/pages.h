// How keys and values lie in a page (zonda_attention.h says it in words), shared by all instruction sets.
#pragma once
#include "../include/zonda_attention.h"

enum { page_tokens = ZONDA_PAGE_TOKENS, run_tokens = ZONDA_RUN_TOKENS, kv_scale_group = 32 };

static inline size_t padded_head(int32_t head_size) { return ((size_t)head_size + 15) / 16 * 16; }
static inline size_t kv_scale_groups(int32_t head_size) { return ((size_t)head_size + kv_scale_group - 1) / kv_scale_group; }

static inline size_t kv_element_bytes(zonda_kv_type type) {
    return type == ZONDA_KV_F32 ? 4 : type == ZONDA_KV_F16 ? 2 : 1;
}

// Bytes of the scales of a head's keys, and of its values: a float16 per token and group.
static inline size_t kv_scale_bytes(zonda_kv_shape s) {
    return s.type == ZONDA_KV_Q8_0 ? 2 * page_tokens * kv_scale_groups(s.head_size) : 0;
}
static inline size_t kv_keys_bytes(zonda_kv_shape s) {
    return page_tokens * (size_t)s.head_size * kv_element_bytes(s.type) + kv_scale_bytes(s);
}
static inline size_t kv_values_bytes(zonda_kv_shape s) {
    return page_tokens * padded_head(s.head_size) * kv_element_bytes(s.type) + kv_scale_bytes(s);
}
static inline size_t kv_head_bytes(zonda_kv_shape s) { return (kv_keys_bytes(s) + kv_values_bytes(s) + 63) / 64 * 64; }

// Query rows of one item. The scratch of an item is made for so many; a multiple of every tile's rows.
enum { query_block_rows = 72 };

// Floats from one row to the next in an item's scratch. Not powers of two: rows would share cache sets.
enum { query_stride = ZONDA_MAX_HEAD_SIZE + 16, score_stride = run_tokens + 16 };

// One thread's memory. `total` is what earlier runs gave; the others belong to the run at hand.
typedef struct attention_scratch {
    float query[query_block_rows * query_stride];
    float scores[query_block_rows * score_stride];  // then the weights
    float sums[query_block_rows * query_stride];
    float total[query_block_rows * query_stride];
    float highest[query_block_rows], weight[query_block_rows], total_highest[query_block_rows], total_weight[query_block_rows];
    float page[page_tokens * ZONDA_MAX_HEAD_SIZE];
} attention_scratch;

// A query row sees positions `first`...`last`.
typedef struct visible {
    int32_t first, last;
} visible;
static inline visible visible_from(int32_t position, int32_t window) {
    return (visible){window > 0 && position >= window ? position - window + 1 : 0, position};
}
