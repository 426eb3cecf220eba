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

static void put_sixes(const uint8_t fields[16], uint8_t *lane) {
    uint32_t words[3] = {0, 0, 0};
    for (int f = 0; f < 16; f++) {
        words[f / 8] |= (uint32_t)(fields[f] & 15) << 4 * (f % 8);
        words[2] |= (uint32_t)(fields[f] >> 4 & 3) << 2 * f;
    }
    for (int w = 0; w < 3; w++) put32(lane + 64 * w, words[w]);
}

/// The 8 scales, then the 8 minima of Q4_K and Q5_K, which their 12 bytes interleave.
static void put_scales_and_minima(const uint8_t *s, uint8_t *lane) {
    uint8_t fields[16];
    for (int j = 0; j < 4; j++) {
        fields[j] = s[j] & 63;
        fields[j + 8] = s[j + 4] & 63;
        fields[j + 4] = (uint8_t)((s[j + 8] & 15) | s[j] >> 6 << 4);
        fields[j + 12] = (uint8_t)(s[j + 8] >> 4 | s[j + 4] >> 6 << 4);
    }
    put_sixes(fields, lane);
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
    const uint8_t *s = from + 96;
    uint8_t fields[16];
    for (int f = 0; f < 16; f++)
        fields[f] = (uint8_t)((f < 8 ? s[f] & 15 : s[f - 8] >> 4) | (s[8 + f % 4] >> 2 * (f / 4) & 3) << 4);
    put_sixes(fields, to + 32 + 4 * row);
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
