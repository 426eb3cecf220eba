// Bit moves that packing is made of. Words are little endian, as every supported machine is.
#pragma once
#include <stdint.h>
#include <string.h>

#define LOW_BITS 0x0101010101010101ull
#define LOW_TWOS 0x0303030303030303ull
#define LOW_NIBBLES 0x0f0f0f0f0f0f0f0full

static inline uint64_t word64(const uint8_t *p) {
    uint64_t x;
    memcpy(&x, p, 8);
    return x;
}
static inline uint32_t word32(const uint8_t *p) {
    uint32_t x;
    memcpy(&x, p, 4);
    return x;
}
static inline uint16_t word16(const uint8_t *p) {
    uint16_t x;
    memcpy(&x, p, 2);
    return x;
}
static inline void put32(uint8_t *p, uint32_t x) { memcpy(p, &x, 4); }

// Four fields that lie 16 bits apart are brought together by one product: each factor's bit moves one field to its place from
// bit 48 on, and what the others do with it stays below, where no two fields meet.

/// A dword of nibbles (Linear/layout.h) of 8 columns that lie in the low nibbles of 8 bytes.
static inline uint32_t nibbles_of(uint64_t x) {
    const uint64_t mask = 0x000f000f000f000full, gather = 1ull << 48 | 1ull << 36 | 1ull << 24 | 1ull << 12;
    return (uint32_t)((x & mask) * gather >> 48) | (uint32_t)((x >> 8 & mask) * gather >> 32 & 0xffff0000);
}

/// 8 columns, in the low two bits of 8 bytes: even columns in bits 0-7, odd ones in bits 16-23.
static inline uint32_t half_twos_of(uint64_t x) {
    const uint64_t mask = 0x0003000300030003ull, gather = 1ull << 48 | 1ull << 34 | 1ull << 20 | 1ull << 6;
    return (uint32_t)((x & mask) * gather >> 48 & 0xff) | (uint32_t)((x >> 8 & mask) * gather >> 32 & 0x00ff0000);
}

/// A dword of twos of 16 columns, in the low two bits of 16 bytes.
static inline uint32_t twos_of(uint64_t first, uint64_t second) { return half_twos_of(first) | half_twos_of(second) << 8; }

/// The low nibbles of 8 bytes, that of byte j as bits 4j to 4j + 3.
static inline uint32_t nibbles_in_order(uint64_t x) {
    x = (x | x >> 4) & 0x00ff00ff00ff00ffull;
    x = (x | x >> 8) & 0x0000ffff0000ffffull;
    return (uint32_t)(x | x >> 16);
}

/// The low two bits of 8 bytes, those of byte j as bits 2j and 2j + 1.
static inline uint32_t twos_in_order(uint64_t x) {
    x = (x | x >> 6) & 0x000f000f000f000full;
    x = (x | x >> 12) & 0x000000ff000000ffull;
    return (uint32_t)(x | x >> 24) & 0xffff;
}

/// A dword of ones of 32 columns, bit c being column c.
static inline uint32_t ones_of(uint32_t x) {
    uint32_t even = x & 0x55555555, odd = x >> 1 & 0x55555555;
    even = (even | even >> 1) & 0x33333333, odd = (odd | odd >> 1) & 0x33333333;
    even = (even | even >> 2) & 0x0f0f0f0f, odd = (odd | odd >> 2) & 0x0f0f0f0f;
    even = (even | even >> 4) & 0x00ff00ff, odd = (odd | odd >> 4) & 0x00ff00ff;
    even = (even | even >> 8) & 0xffff, odd = (odd | odd >> 8) & 0xffff;
    return even | odd << 16;
}

/// The pairs of 32 columns that lie in bytes, 8 to a word.
static inline void pairs_of(const uint64_t columns[4], uint32_t pairs[16]) {
    for (int p = 0; p < 16; p++) {
        uint32_t two = columns[p / 4] >> 16 * (p % 4) & 0xffff;
        pairs[p] = (two & 0xff) | (two & 0xff00) << 8;
    }
}

/// 32 columns of 5 bits as quintets (Linear/layout.h).
static inline void pack_quintets(const uint64_t columns[4], uint8_t *lane) {
    uint32_t p[16];
    pairs_of(columns, p);
    for (int v = 0; v < 5; v++)
        put32(lane + 64 * v, p[3 * v] | p[3 * v + 1] << 5 | p[3 * v + 2] << 10 | (p[15] >> v & 0x00010001) << 15);
}

/// 32 columns of 6 bits as sextets (Linear/layout.h).
static inline void pack_sextets(const uint64_t columns[4], uint8_t *lane) {
    uint32_t p[16];
    pairs_of(columns, p);
    for (int v = 0; v < 6; v++) {
        const uint32_t *two = p + 12 + 2 * (v % 2);
        uint32_t rest = v < 4 ? p[12 + v] & 0x000f000f : (two[0] >> 4 & 0x00030003) | (two[1] >> 2 & 0x000c000c);
        put32(lane + 64 * v, p[2 * v] | p[2 * v + 1] << 6 | rest << 12);
    }
}

/// Bit i of `bits` as byte i.
static inline uint64_t bytes_of(uint8_t bits) {
    uint64_t alone = bits * LOW_BITS & 0x8040201008040201ull;  // byte i: bit i, or 0
    return (alone + 0x00406070787c7e7full) >> 7 & LOW_BITS;    // whose sum with 128 - 2^i has bit 7 or not
}

/// Bit `bit` of 32 bytes, that of byte c as bit c.
static inline uint32_t bits_of(const uint8_t *p, int bit) {
    uint32_t all = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t x = word64(p + 8 * i) >> bit & LOW_BITS;
        all |= (uint32_t)(x * 0x0102040810204080ull >> 56) << 8 * i;
    }
    return all;
}

/// 32 columns of bytes, 4 to a dword, the middle two exchanged.
static inline void pack_bytes(const uint8_t *q, uint8_t *lane) {
    for (int c = 0; c < 32; c += 4) {
        uint32_t x = word32(q + c);
        put32(lane + 16 * c, (x & 0xff0000ff) | (x & 0xff00) << 8 | (x >> 8 & 0xff00));
    }
}

/// Packs one block of 256 of Q2_K to Q6_K or IQ4_XS into row `row` of a tile's block.
void zonda_pack_super(int layout, const uint8_t *from, int row, uint8_t *to);

/// Packs one block of 256 of a type that `zonda_is_expanded` into row `row` of a tile's block of X8.
void zonda_pack_expanded(zonda_type type, const uint8_t *from, int row, uint8_t *to);
