// Arguments of rope_store.cu.
#pragma once
#include "zonda_cache.h"

typedef enum zonda_head_norm_kind {
    ZONDA_HEAD_NORM_NONE,
    ZONDA_HEAD_NORM_RMS,
    ZONDA_HEAD_NORM_LAYER,
} zonda_head_norm_kind;
typedef enum zonda_rope_style { ZONDA_ROPE_NONE, ZONDA_ROPE_HALVES, ZONDA_ROPE_INTERLEAVED } zonda_rope_style;
enum { ZONDA_ROPE_TABLES = 4 };

typedef struct zonda_head_norm {
    ZONDA_ADDRESS(const float) weight;  // [head_size], or [heads * head_size] when `whole`
    ZONDA_ADDRESS(const float) bias;    // the same shape, or 0
    int32_t kind;
    int32_t whole;  // over all heads of a row together
    float epsilon;
    int32_t unused;
} zonda_head_norm;

typedef struct zonda_rope_store_arguments {
    ZONDA_ADDRESS(float) query;        // [rows][heads * head_size], changed in place
    ZONDA_ADDRESS(const float) key;    // [rows][kv_heads * head_size]
    ZONDA_ADDRESS(const float) value;  // the same
    zonda_head_norm query_norm, key_norm;
    ZONDA_ADDRESS(const float) tables[ZONDA_ROPE_TABLES];  // per variant [positions][rotary_size]: cosines, then sines
    ZONDA_ADDRESS(const int32_t) row_count;                // how many of the launched rows there are
    ZONDA_ADDRESS(const int32_t) positions;                // [rows]
    ZONDA_ADDRESS(const int32_t) variants;                 // [rows] which table; 0: all take the first
    ZONDA_ADDRESS(const int32_t) write_slots;              // [rows] page * 32 + token in it; -1 stores nothing
    ZONDA_ADDRESS(uint8_t) pages;
    int64_t page_bytes;  // from one page of this layer to the next
    int32_t query_stride, key_stride, value_stride;  // floats from one row to the next
    int32_t heads, kv_heads, head_size;
    int32_t style, rotary_size;
} zonda_rope_store_arguments;

/// Dynamic shared memory of rope_store.
static inline int32_t zonda_rope_store_shared(void) { return 4 * 4 + 4 * ZONDA_CACHE_LARGEST_HEAD * 4; }

/// The kernel's second launch dimension: how many blocks share the heads of a row.
static inline int32_t zonda_rope_store_head_blocks(int32_t heads, int32_t kv_heads, int32_t whole_norm) {
    return whole_norm ? 1 : (heads + 2 * kv_heads + 3) / 4;
}
