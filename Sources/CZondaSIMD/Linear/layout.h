// How packed weights lie in memory, and how far their integers may be summed.
//
// A tile is 16 rows; "vector" below is 16 dwords or smaller fields, one for each row. Columns are kept in groups of 32, and
// after unpacking as pairs, the two int16 of a dword. Within a group:
//   nibbles  4 vectors of dwords, 8 columns each: nibbles j and j + 4 are columns 2j and 2j + 1 (x >> 4j & 0x000f000f)
//   twos     2 vectors of dwords, 16 columns each: bits 2j.. and 2j + 16.. are columns 2j and 2j + 1
//   ones     1 vector of dwords: bits j and j + 16 are columns 2j and 2j + 1
//   quintets 5 vectors of dwords; of each half (low: even columns, high: odd ones) bits 0-4, 5-9 and 10-14 of vector v are
//            pairs 3v to 3v + 2, and bit 15 is bit v of pair 15
//   sextets  6 vectors of dwords; of each half bits 0-5 and 6-11 of vector v are pairs 2v and 2v + 1, and bits 12-15 are
//            the low 4 bits of pair 12 + v (v < 4), the high 2 of pairs 12 and 13 (v = 4) or of pairs 14 and 15
//   bytes    8 vectors of dwords, 4 columns each: bytes 0, 2, 1, 3 are columns 0, 1, 2, 3
//   sixes    3 vectors of dwords, 16 fields of 6 bits: low 4 bits of fields 0-7, of fields 8-15, high 2 bits of all
//
//            block head                     each group                          W                        chain
//   Q4_0     -                              f16 d, nibbles                      q - 8                      32
//   Q4_1     -                              f16 d, f16 m, nibbles               q             o = m        32
//   Q5_0     -                              f16 d, quintets                     q - 16                     32
//   Q5_1     -                              f16 d, f16 m, quintets              q             o = m        32
//   Q8_0     -                              f16 d, bytes                        q                          32
//   IQ4_NL   -                              f16 d, nibbles                      table[q]                   32
//   MXFP4    -                              u8 e, nibbles                       2 table[q]                 32
//   NVFP4    -                              2 x u8 scale, nibbles               2 table[q]                 16
//   Q2_K     f16 d, f16 dmin, 16 x u8       twos                                sc q          o = -dmin m  256
//   Q3_K     f16 d, sixes                   twos, ones                          (sc - 32) (q - 4)          256
//   Q4_K     f16 d, f16 dmin, sixes         nibbles                             sc (q - 8)    o            256
//   Q5_K     f16 d, f16 dmin, sixes         quintets                            sc (q - 16)   o            128
//   Q6_K     f16 d, 16 x i8 sc              sextets                             sc (q - 32)                32
//   IQ4_XS   f16 d, u32 low, u16 high       nibbles                             (sc - 32) table[q]         32
//   X8       f32 d, 16 x i8 sc              bytes                               sc q                       32
//
// A chain is exact when max |W| * 16383 * chain < 2^31, whatever the file holds:
//   Q2_K 15 * 3 = 45; Q3_K 32 * 4 = 128; Q4_K 63 * 8 = 504 (2.11e9): 256 columns.  Q5_K 63 * 16 = 1008: 128.
//   Q6_K 128 * 32 = 4096 (2147352576 of 2147483647); IQ4_XS 32 * 127 = 4064; X8 at most 31 * 62 = 1922: 32.
//   The others have |W| <= 128 and one scale per 32 or 16 columns.
#pragma once
#include <stdint.h>

typedef enum {
    L_F32, L_F16, L_BF16,
    L_Q4_0, L_Q4_1, L_Q5_0, L_Q5_1, L_Q8_0, L_IQ4_NL, L_MXFP4, L_NVFP4,
    L_Q2_K, L_Q3_K, L_Q4_K, L_Q5_K, L_Q6_K, L_IQ4_XS, L_X8,
} Layout;

enum { TILE = 16, BLOCK = 256, GROUP = 32, GROUPS = BLOCK / GROUP };
enum { NIBBLES = 256, TWOS = 128, ONES = 64, QUINTETS = 320, SEXTETS = 384, BYTES = 512, SIXES = 192 };  // bytes of these fields of a group

static inline Layout layout_of(int type) {
    static const uint8_t layouts[ZONDA_TYPE_COUNT] = {
        [ZONDA_F32] = L_F32, [ZONDA_F16] = L_F16, [ZONDA_BF16] = L_BF16,
        [ZONDA_Q1_0] = L_Q8_0, [ZONDA_Q2_0] = L_Q8_0, [ZONDA_Q4_0] = L_Q4_0,
        [ZONDA_Q4_1] = L_Q4_1, [ZONDA_Q5_0] = L_Q5_0, [ZONDA_Q5_1] = L_Q5_1, [ZONDA_Q8_0] = L_Q8_0,
        [ZONDA_Q8_1] = L_Q8_0, [ZONDA_Q2_K] = L_Q2_K, [ZONDA_Q3_K] = L_Q3_K, [ZONDA_Q4_K] = L_Q4_K,
        [ZONDA_Q5_K] = L_Q5_K, [ZONDA_Q6_K] = L_Q6_K, [ZONDA_Q8_K] = L_X8, [ZONDA_IQ4_NL] = L_IQ4_NL,
        [ZONDA_IQ4_XS] = L_IQ4_XS, [ZONDA_MXFP4] = L_MXFP4, [ZONDA_NVFP4] = L_NVFP4, [ZONDA_IQ2_XXS] = L_X8,
        [ZONDA_IQ2_XS] = L_X8, [ZONDA_IQ2_S] = L_X8, [ZONDA_IQ3_XXS] = L_X8, [ZONDA_IQ3_S] = L_X8,
        [ZONDA_IQ1_S] = L_X8, [ZONDA_IQ1_M] = L_X8, [ZONDA_TQ1_0] = L_X8, [ZONDA_TQ2_0] = L_X8,
    };
    return (Layout)layouts[type];
}

/// Bytes before the groups of a block.
static inline int head_bytes(Layout t) {
    switch (t) {
    case L_Q2_K: return 64 + 256;
    case L_Q3_K: return 32 + SIXES;
    case L_Q4_K: case L_Q5_K: return 64 + SIXES;
    case L_Q6_K: return 32 + 256;
    case L_IQ4_XS: return 32 + 64 + 32;
    case L_X8: return 64 + 256;
    default: return 0;
    }
}

/// Bytes of a group of 32 columns.
static inline int group_bytes(Layout t) {
    switch (t) {
    case L_F32: return GROUP * TILE * 4;
    case L_F16: case L_BF16: return GROUP * TILE * 2;
    case L_Q4_0: case L_IQ4_NL: return 32 + NIBBLES;
    case L_Q4_1: return 64 + NIBBLES;
    case L_Q5_0: return 32 + QUINTETS;
    case L_Q5_1: return 64 + QUINTETS;
    case L_Q8_0: return 32 + BYTES;
    case L_MXFP4: return 16 + NIBBLES;
    case L_NVFP4: return 32 + NIBBLES;
    case L_Q2_K: return TWOS;
    case L_Q3_K: return TWOS + ONES;
    case L_Q4_K: case L_IQ4_XS: return NIBBLES;
    case L_Q5_K: return QUINTETS;
    case L_Q6_K: return SEXTETS;
    case L_X8: return BYTES;
    }
    return 0;
}

/// Bytes of a full block of 256 columns.
static inline int block_stride(Layout t) { return head_bytes(t) + GROUPS * group_bytes(t); }

/// Columns whose products are one exact int32 sum.
static inline int chain_columns(Layout t) {
    switch (t) {
    case L_NVFP4: return 16;
    case L_Q2_K: case L_Q3_K: case L_Q4_K: return 256;
    case L_Q5_K: return 128;
    default: return 32;
    }
}

/// Columns that share one integer scale within a block; 0: there is none.
static inline int scale_columns(Layout t) {
    switch (t) {
    case L_Q2_K: case L_Q3_K: case L_Q6_K: case L_X8: return 16;
    case L_Q4_K: case L_Q5_K: case L_IQ4_XS: return 32;
    default: return 0;
    }
}

/// Columns that share one offset; 0: there is none.
static inline int offset_columns(Layout t) {
    switch (t) {
    case L_Q2_K: return 16;
    case L_Q4_1: case L_Q5_1: case L_Q4_K: case L_Q5_K: return 32;
    default: return 0;
    }
}

/// What stored integers have above W: W = stored - bias, then times the scale.
static inline int stored_bias(Layout t) {
    switch (t) {
    case L_Q4_0: case L_Q4_K: return 8;
    case L_Q5_0: case L_Q5_K: return 16;
    case L_Q6_K: return 32;
    case L_Q3_K: return 4;
    default: return 0;
    }
}

/// Whether the type has one float scale per block (all chains share it).
static inline int has_head(Layout t) { return t >= L_Q2_K; }
