// Pages of keys and values as the GPU lays them out: one text for planning, launchers and kernels.
//
// A page holds 32 consecutive tokens of one layer, aligned to position 0. It is [kvHeads] blocks, each
//   keys    [32 tokens][padded size]     f16, bf16, e4m3 or f32
//   values  [32 tokens][padded size]
//   e4m3 only: key scales [32] f32, value scales [32] f32
// where the padded size is the head size rounded up to 16 (the rest are zeros). A token's row is stored in pieces of 16
// bytes, and piece c of token t lies at place c ^ x(t), see `piece_place` in cache.cuh: that is how `ldmatrix` reads
// shared memory without bank conflicts, so a block goes there by plain copies of consecutive bytes, bulk ones too.
//
// Fidelity of e4m3: one scale per token, head, and keys or values, chosen so that the largest magnitude becomes 448; a
// value then differs by at most 1/16 of itself or 2^-10 / 448 of the largest, 2.6 % on average (f16: 1/2048; bf16:
// 1/256).
#pragma once
#include "zonda_arguments.h"

enum { ZONDA_CACHE_PAGE_TOKENS = 32, ZONDA_CACHE_LARGEST_HEAD = 256 };

typedef enum zonda_cache_type {
    ZONDA_CACHE_F16,
    ZONDA_CACHE_BF16,
    ZONDA_CACHE_E4M3,
    ZONDA_CACHE_F32,
} zonda_cache_type;

/// The head size that the kernels are compiled for: rounded up to 16.
static inline int32_t zonda_cache_padded_head(int32_t head_size) { return (head_size + 15) / 16 * 16; }

/// Bytes of one head's keys and values of one page.
static inline int64_t zonda_cache_head_bytes(zonda_cache_type type, int32_t head_size) {
    int64_t size = type == ZONDA_CACHE_F32 ? 4 : type == ZONDA_CACHE_E4M3 ? 1 : 2;
    int64_t scales = type == ZONDA_CACHE_E4M3 ? 2 * ZONDA_CACHE_PAGE_TOKENS * 4 : 0;
    return 2 * ZONDA_CACHE_PAGE_TOKENS * zonda_cache_padded_head(head_size) * size + scales;
}

/// Bytes of one page of one layer, exactly; a multiple of 256. 0 for a head size that no kernel takes: they must be
/// multiples of 4, up to 256.
static inline int64_t zonda_cache_page_bytes(zonda_cache_type type, int32_t kv_heads, int32_t head_size) {
    if (kv_heads < 1 || head_size < 4 || head_size > ZONDA_CACHE_LARGEST_HEAD || head_size % 4 != 0) return 0;
    return zonda_cache_head_bytes(type, head_size) * kv_heads;
}
