// Where things lie in a page of keys and values; zonda_cache.h describes it.
#pragma once
#include "zonda.cuh"
#include "zonda_cache.h"

constexpr int pageTokens = ZONDA_CACHE_PAGE_TOKENS;
constexpr int pieceBytes = 16;

/// Only e4m3 has scales beside its values.
template <typename T> constexpr bool isScaled = false;
template <> constexpr bool isScaled<e4m3> = true;
/// Of the largest magnitude that a scale stands for.
constexpr float largestE4M3 = 448;

/// The place of a piece of 16 bytes among the `pieces` of a token's row. Eight rows, each at the same piece, then lie
/// in eight different groups of four banks: rows that are an odd number of pieces long do so anyway, the more a length
/// can be divided by two the more bits must be mixed in.
DEVICE constexpr int piece_mix(int token, int pieces) {
    int spread = (pieces & -pieces) < 8 ? (pieces & -pieces) : 8;
    return (token & 7) * spread / 8 & (spread - 1);
}
DEVICE constexpr int piece_place(int token, int piece, int pieces) { return piece ^ piece_mix(token, pieces); }

/// Bytes of one head's keys of a page, and those of its values; of both with their scales.
template <typename T> DEVICE constexpr int half_bytes(int paddedSize) {
    return pageTokens * paddedSize * int(sizeof(T));
}
template <typename T> DEVICE constexpr int head_bytes(int paddedSize) {
    return 2 * half_bytes<T>(paddedSize) + (isScaled<T> ? 2 * pageTokens * 4 : 0);
}

/// Where one token's keys (half 0) or values (half 1) begin within the head's block, and where their scale is.
template <typename T> DEVICE constexpr int token_offset(int half, int token, int paddedSize) {
    return half * half_bytes<T>(paddedSize) + token * paddedSize * int(sizeof(T));
}
DEVICE constexpr int scale_offset(int half, int token, int paddedSize) {
    return 2 * half_bytes<e4m3>(paddedSize) + (half * pageTokens + token) * 4;
}
