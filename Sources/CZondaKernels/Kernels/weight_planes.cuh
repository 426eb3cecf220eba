// Planes: fields of 1, 2, 4 or 8 bits of 32 columns x 16 rows, as the lanes of a warp read them, and how they become
// pairs of exact f16 integers without a conversion instruction.
//
// Lane (g, t) = (lane / 4, lane % 4) of mma.m16n8k16 holds rows g and g + 8 ("half" 0 and 1). Of 32 columns it owns eight,
// as pairs p = 0...3: pair p is columns 16 (p / 2) + 4t + 2 (p % 2) and the next one, so the first product covers columns
// 0...15 and the second 16...31, and scales per 16 columns can go between them. Activations are stored in that order.
//   nibbles  lane's word for each half: pair p at bits 4p (even column) and 16 + 4p (odd)            256 bytes
//   levels   as nibbles, but value i (of pair i / 2) at bits 4i: indices into a table                256 bytes
//   twos     one word for both halves: j = p + 4 half at bits 2j and 16 + 2j                         128 bytes
//   ones     16 bits for both halves: j at bits j and 8 + j                                           64 bytes
//   bytes    8 bytes for each half, value i in byte i, 128 added to signed ones                      512 bytes
// The integer n < 1024 in the low bits of 0x6400 is the f16 1024 + n; one packed fused operation takes 1024 off again.
#pragma once
#include "zonda.cuh"

constexpr uint32_t f16Magic = 0x64006400u;  // 1024, 1024

/// Where the eight columns of a lane lie: column of value i (0...7) within its 32.
DEVICE constexpr int column_of(int t, int i) { return 16 * (i / 4) + 4 * t + i % 4; }

/// -(1024 + bias) twice, for bias of at most 1023 that f16 holds exactly.
template <int bias> DEVICE constexpr uint32_t minus_magic() {
    return (0x8000u | (0x6400u + bias)) * 0x10001u;
}

/// 1024 + n to n - bias.
template <int bias> DEVICE uint32_t unbiased(uint32_t pair) { return add_f16x2(pair, minus_magic<bias>()); }

/// Pair p of a word of nibbles, plus 1024.
DEVICE uint32_t nibble_pair(uint32_t word, int p) {
    return logic3<(0xF0 & 0xCC) | 0xAA>(word >> (4 * p), 0x000F000Fu, f16Magic);
}

/// Pair p of `half` of a word of twos, at bits `to` and up, joined to `pair`.
template <int to> DEVICE uint32_t with_twos(uint32_t pair, uint32_t word, int half, int p) {
    const int from = 2 * (p + 4 * half);
    uint32_t moved = from >= to ? word >> (from - to) : word << (to - from);
    return logic3<(0xF0 & 0xCC) | 0xAA>(moved, 0x00030003u << to, pair);
}

/// The same of ones that `spread_ones` prepared.
template <int to> DEVICE uint32_t with_ones(uint32_t pair, uint32_t word, int half, int p) {
    const int from = p + 4 * half;
    uint32_t moved = from >= to ? word >> (from - to) : word << (to - from);
    return logic3<(0xF0 & 0xCC) | 0xAA>(moved, 0x00010001u << to, pair);
}
/// Bits 8...15 to bits 16...23.
DEVICE uint32_t spread_ones(uint16_t ones) { return permute_bytes(ones, 0, 0x4140); }

/// Two bytes of `word` (`pair` 0: the lower ones), plus 1024.
DEVICE uint32_t byte_pair(uint32_t word, int pair) {
    return permute_bytes(word, f16Magic, pair == 0 ? 0x5150 : 0x5352);
}

/// Byte `index` of `word` twice, plus 1024: a scale for both columns of a pair.
DEVICE uint32_t byte_twice(uint32_t word, int index) {
    return permute_bytes(word, f16Magic, 0x5050u | uint32_t(index) | uint32_t(index) << 8);
}

/// Byte `index` of `word` as a float. `bias` is what was added to it.
template <int bias> DEVICE float byte_float(uint32_t word, int index) {
    return float_of_bits(permute_bytes(word, 0x4B000000u, 0x7440u | uint32_t(index))) - (8388608.0f + bias);
}

/// Bytes of a table of 16 that the four lowest nibbles of `levels` name.
DEVICE uint32_t look_up(const uint32_t (&table)[4], uint32_t levels) {
    uint32_t index = levels & 0x7777u;
    uint32_t lower = permute_bytes(table[0], table[1], index), upper = permute_bytes(table[2], table[3], index);
    return permute_bytes(lower, upper, logic3<(0xF0 & 0xCC) | 0xAA>(levels >> 1, 0x4444u, 0x3210u));
}

template <Space space> using Bytes = View<const uint8_t, space>;

/// Reads at a byte offset.
template <typename T, Space space> DEVICE T read(Bytes<space> unit, int offset) {
    return as<const T>(unit + offset)[0];
}
