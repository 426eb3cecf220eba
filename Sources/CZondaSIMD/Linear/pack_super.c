// Packing of the types with blocks of 256: Q2_K to Q6_K and IQ4_XS.
#include "../include/zonda_linear.h"
#include "layout.h"
#include "pack.h"

/// 32 columns in the low (high: 0) or high (high: 4) nibbles of 32 bytes.
static void nibbles(const uint8_t *q, int high, uint8_t *lane) {
    for (int v = 0; v < 4; v++) put32(lane + 64 * v, nibbles_of(word64(q + 8 * v) >> high & LOW_NIBBLES));
}

/// 32 columns in bits `shift` and `shift + 1` of 32 bytes.
static void twos(const uint8_t *q, int shift, uint8_t *lane) {
    for (int v = 0; v < 2; v++) put32(lane + 64 * v, twos_of(word64(q + 16 * v) >> shift, word64(q + 16 * v + 8) >> shift));
}

/// Sixteen fields of 6 bits, one in each byte.
static void put_sixes(uint64_t first, uint64_t second, uint8_t *lane) {
    put32(lane, nibbles_in_order(first & LOW_NIBBLES));
    put32(lane + 64, nibbles_in_order(second & LOW_NIBBLES));
    put32(lane + 128, twos_in_order(first >> 4 & LOW_TWOS) | twos_in_order(second >> 4 & LOW_TWOS) << 16);
}

/// The 8 scales, then the 8 minima of Q4_K and Q5_K, which their 12 bytes interleave.
static void put_scales_and_minima(const uint8_t *s, uint8_t *lane) {
    const uint32_t scales = word32(s), minima = word32(s + 4), rest = word32(s + 8);
    const uint32_t late_scales = (rest & 0x0f0f0f0f) | (scales >> 2 & 0x30303030);
    const uint32_t late_minima = (rest >> 4 & 0x0f0f0f0f) | (minima >> 2 & 0x30303030);
    put_sixes(
        (scales & 0x3f3f3f3f) | (uint64_t)late_scales << 32, (minima & 0x3f3f3f3f) | (uint64_t)late_minima << 32, lane);
}

static void pack_q2_K(const uint8_t *from, int row, uint8_t *to) {  // scales[16], q[64], d, dmin
    memcpy(to + 2 * row, from + 80, 2);
    memcpy(to + 32 + 2 * row, from + 82, 2);
    for (int i = 0; i < 16; i++) to[64 + 16 * i + row] = from[i];
    uint8_t *lane = to + head_bytes(L_Q2_K) + 4 * row;
    for (int g = 0; g < GROUPS; g++) twos(from + 16 + 32 * (g / 4), 2 * (g % 4), lane + TWOS * g);
}

static void pack_q3_K(const uint8_t *from, int row, uint8_t *to) {  // high[32], q[64], scales[12], d
    memcpy(to + 2 * row, from + 108, 2);
    const uint64_t low = word64(from + 96), high = word32(from + 104);  // 16 low nibbles, 16 high twos
    const uint64_t first = (high | high >> 2 << 32) & LOW_TWOS, second = (high >> 4 | high >> 6 << 32) & LOW_TWOS;
    put_sixes((low & LOW_NIBBLES) | first << 4, (low >> 4 & LOW_NIBBLES) | second << 4, to + 32 + 4 * row);
    for (int g = 0; g < GROUPS; g++) {
        uint8_t *lane = to + head_bytes(L_Q3_K) + group_bytes(L_Q3_K) * g + 4 * row;
        twos(from + 32 + 32 * (g / 4), 2 * (g % 4), lane);
        put32(lane + TWOS, ones_of(bits_of(from, g)));
    }
}

static void pack_q4_K(const uint8_t *from, int row, uint8_t *to) {  // d, dmin, scales[12], q[128]
    memcpy(to + 2 * row, from, 2);
    memcpy(to + 32 + 2 * row, from + 2, 2);
    put_scales_and_minima(from + 4, to + 64 + 4 * row);
    uint8_t *lane = to + head_bytes(L_Q4_K) + 4 * row;
    for (int g = 0; g < GROUPS; g++) nibbles(from + 16 + 32 * (g / 2), 4 * (g % 2), lane + NIBBLES * g);
}

static void pack_q5_K(const uint8_t *from, int row, uint8_t *to) {  // d, dmin, scales[12], high[32], q[128]
    memcpy(to + 2 * row, from, 2);
    memcpy(to + 32 + 2 * row, from + 2, 2);
    put_scales_and_minima(from + 4, to + 64 + 4 * row);
    for (int g = 0; g < GROUPS; g++) {
        uint8_t *lane = to + head_bytes(L_Q5_K) + group_bytes(L_Q5_K) * g + 4 * row;
        const uint8_t *q = from + 48 + 32 * (g / 2);
        uint64_t columns[4];
        for (int j = 0; j < 4; j++)
            columns[j] = (word64(q + 8 * j) >> 4 * (g % 2) & LOW_NIBBLES) | (word64(from + 16 + 8 * j) >> g & LOW_BITS) << 4;
        pack_quintets(columns, lane);
    }
}

static void pack_q6_K(const uint8_t *from, int row, uint8_t *to) {  // low[128], high[64], scales[16], d
    memcpy(to + 2 * row, from + 208, 2);
    for (int i = 0; i < 16; i++) to[32 + 16 * i + row] = from[192 + i];
    for (int g = 0; g < GROUPS; g++) {  // of each 128 columns: groups 0 and 1 in low nibbles, 2 and 3 in high ones
        uint8_t *lane = to + head_bytes(L_Q6_K) + group_bytes(L_Q6_K) * g + 4 * row;
        const uint8_t *low = from + 64 * (g / 4) + 32 * (g % 2), *high = from + 128 + 32 * (g / 4);
        uint64_t columns[4];
        for (int j = 0; j < 4; j++)
            columns[j] = (word64(low + 8 * j) >> 4 * (g % 4 / 2) & LOW_NIBBLES)
                | (word64(high + 8 * j) >> 2 * (g % 4) & LOW_TWOS) << 4;
        pack_sextets(columns, lane);
    }
}

static void pack_iq4_xs(const uint8_t *from, int row, uint8_t *to) {  // d, high u16, low[4], q[128]
    memcpy(to + 2 * row, from, 2);
    put32(to + 32 + 4 * row, word32(from + 4));
    memcpy(to + 96 + 2 * row, from + 2, 2);
    for (int g = 0; g < GROUPS; g++) {
        uint8_t *lane = to + head_bytes(L_IQ4_XS) + NIBBLES * g + 4 * row;
        const uint8_t *q = from + 8 + 16 * g;
        for (int v = 0; v < 4; v++) put32(lane + 64 * v, nibbles_of(word64(q + 8 * (v % 2)) >> 4 * (v / 2) & LOW_NIBBLES));
    }
}

void zonda_pack_super(int layout, const uint8_t *from, int row, uint8_t *to) {
    switch (layout) {
    case L_Q2_K: pack_q2_K(from, row, to); break;
    case L_Q3_K: pack_q3_K(from, row, to); break;
    case L_Q4_K: pack_q4_K(from, row, to); break;
    case L_Q5_K: pack_q5_K(from, row, to); break;
    case L_Q6_K: pack_q6_K(from, row, to); break;
    case L_IQ4_XS: pack_iq4_xs(from, row, to); break;
    default: break;
    }
}
