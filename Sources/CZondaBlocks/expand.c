// Expansion of the types whose integers come from codebooks, or whose scale is a float32: IQ1, IQ2, IQ3, TQ and Q8_K.
//
// Their values are unit * scale * q with an f16 unit (11 bits), a scale of at most 5 bits and q of at most 7, so all
// products are exact in float32 and equal what the formats' own order of operations gives.
// Source: `ggml-quants.c` for the formats.
#include <math.h>
#include <string.h>

#include "include/zonda_blocks.h"

enum { COLUMNS = 256 };

/// What a block is made of.
typedef struct {
    float unit;
    uint8_t scales[16];
    int8_t q[COLUMNS];
} Block;
static_assert(sizeof(Block) == ZONDA_EXPANDED_BYTES);

static inline uint16_t u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t u32(const uint8_t *p) { return u16(p) | (uint32_t)u16(p + 2) << 16; }
static inline int nibble(const uint8_t *p, int index) { return p[index / 2] >> 4 * (index % 2) & 15; }

static float f16_value(uint16_t x) {
    int exponent = x >> 10 & 31, mantissa = x & 1023;
    float magnitude = exponent == 31 ? (mantissa ? NAN : INFINITY)
        : exponent ? ldexpf((float)(mantissa | 1024), exponent - 25) : ldexpf((float)mantissa, -24);
    return x & 0x8000 ? -magnitude : magnitude;
}

/// Seven signs, and an eighth that makes the number of negative ones even.
static inline unsigned even_signs(uint32_t packed) {
    unsigned seven = packed & 127;
    return seven | (unsigned)__builtin_parity(seven) << 7;
}

/// Eight numbers above 0 in the bytes of `row`, those whose bit of `signs` is set negated.
static inline void write_signed(int8_t *q, uint64_t row, unsigned signs) {
    uint64_t bits = signs * 0x0101010101010101ull & 0x8040201008040201ull;        // byte i: bit i, or 0
    uint64_t ones = (bits + 0x00406070787c7e7full) >> 7 & 0x0101010101010101ull;  // byte i: whether it is set
    uint64_t all = (row ^ ones * 255) + ones;  // no byte overflows, as none is 0
    memcpy(q, &all, 8);  // little endian, as every supported machine is
}

/// Eight times a row of -1, 0, 1, and one up or down.
static inline void write_shifted(int8_t *q, uint64_t row, int shift) {
    for (int i = 0; i < 8; i++) q[i] = (int8_t)(8 * (int8_t)(row >> 8 * i) + shift);
}

/// d, 8 x {4 row numbers, 4 x 7 signs and a scale of 4 bits}: d (s + 1/2) / 4.
static void iq2_xxs(const uint8_t *from, Block *to) {
    const uint64_t *grid = zonda_grid_rows(ZONDA_GRID_IQ2_XXS);
    to->unit = f16_value(u16(from)) / 8;
    for (int g = 0; g < 8; g++) {
        const uint8_t *part = from + 2 + 8 * g;
        uint32_t extra = u32(part + 4);
        to->scales[2 * g] = to->scales[2 * g + 1] = (uint8_t)(2 * (extra >> 28) + 1);
        for (int r = 0; r < 4; r++) write_signed(to->q + 32 * g + 8 * r, grid[part[r]], even_signs(extra >> 7 * r));
    }
}

/// d, 32 x {row number of 9 bits, 7 signs}, 16 scales of 4 bits.
static void iq2_xs(const uint8_t *from, Block *to) {
    const uint64_t *grid = zonda_grid_rows(ZONDA_GRID_IQ2_XS);
    to->unit = f16_value(u16(from)) / 8;
    for (int i = 0; i < 16; i++) to->scales[i] = (uint8_t)(2 * nibble(from + 66, i) + 1);
    for (int r = 0; r < 32; r++) {
        unsigned code = u16(from + 2 + 2 * r);
        write_signed(to->q + 8 * r, grid[code & 511], even_signs(code >> 9));
    }
}

/// d, 32 low bytes of row numbers, 32 bytes of signs, 32 upper 2 bits, 16 scales of 4 bits.
static void iq2_s(const uint8_t *from, Block *to) {
    const uint64_t *grid = zonda_grid_rows(ZONDA_GRID_IQ2_S);
    to->unit = f16_value(u16(from)) / 8;
    for (int i = 0; i < 16; i++) to->scales[i] = (uint8_t)(2 * nibble(from + 74, i) + 1);
    for (int r = 0; r < 32; r++) {
        int high = from[66 + r / 4] >> 2 * (r % 4) & 3;
        write_signed(to->q + 8 * r, grid[from[2 + r] | high << 8], from[34 + r]);
    }
}

/// d, 64 row numbers, 8 x {4 x 7 signs and a scale of 4 bits}: d (s + 1/2) / 2.
static void iq3_xxs(const uint8_t *from, Block *to) {
    const uint64_t *grid = zonda_grid_rows(ZONDA_GRID_IQ3_XXS);
    to->unit = f16_value(u16(from)) / 4;
    for (int g = 0; g < 8; g++) {
        uint32_t extra = u32(from + 66 + 4 * g);
        to->scales[2 * g] = to->scales[2 * g + 1] = (uint8_t)(2 * (extra >> 28) + 1);
        for (int r = 0; r < 4; r++) {
            const uint8_t *numbers = from + 2 + 8 * g + 2 * r;
            write_signed(to->q + 32 * g + 8 * r, grid[numbers[0]] | grid[numbers[1]] << 32, even_signs(extra >> 7 * r));
        }
    }
}

/// d, 64 low bytes of row numbers, 64 upper bits, 32 bytes of signs, 8 scales of 4 bits: d (2s + 1).
static void iq3_s(const uint8_t *from, Block *to) {
    const uint64_t *grid = zonda_grid_rows(ZONDA_GRID_IQ3_S);
    to->unit = f16_value(u16(from));
    for (int i = 0; i < 16; i++) to->scales[i] = (uint8_t)(2 * nibble(from + 106, i / 2) + 1);
    for (int r = 0; r < 32; r++) {
        int high = from[66 + r / 4] >> 2 * (r % 4);
        uint64_t first = grid[from[2 + 2 * r] | (high & 1) << 8], second = grid[from[3 + 2 * r] | (high & 2) << 7];
        write_signed(to->q + 8 * r, first | second << 32, from[74 + r]);
    }
}

/// d, 32 low bytes of row numbers, 8 x {4 x upper 3 bits, a scale of 3 bits, the sign of the shift}:
/// d (2s + 1) (row ± 1/8).
static void iq1_s(const uint8_t *from, Block *to) {
    const uint64_t *grid = zonda_grid_rows(ZONDA_GRID_IQ1);
    to->unit = f16_value(u16(from)) / 8;
    for (int g = 0; g < 8; g++) {
        unsigned extra = u16(from + 34 + 2 * g);
        to->scales[2 * g] = to->scales[2 * g + 1] = (uint8_t)(2 * (extra >> 12 & 7) + 1);
        for (int r = 0; r < 4; r++)
            write_shifted(
                to->q + 32 * g + 8 * r, grid[from[2 + 4 * g + r] | (extra >> 3 * r & 7) << 8], extra & 0x8000 ? -1 : 1);
    }
}

/// 32 low bytes of row numbers, 32 half bytes of their upper 3 bits and the sign of the shift, 4 x {4 scales of 3
/// bits, a quarter of d}.
static void iq1_m(const uint8_t *from, Block *to) {
    const uint64_t *grid = zonda_grid_rows(ZONDA_GRID_IQ1);
    unsigned d = 0;
    for (int w = 0; w < 4; w++) d |= (unsigned)(u16(from + 48 + 2 * w) >> 12) << 4 * w;
    to->unit = f16_value((uint16_t)d) / 8;
    for (int i = 0; i < 16; i++) to->scales[i] = (uint8_t)(2 * (u16(from + 48 + 2 * (i / 4)) >> 3 * (i % 4) & 7) + 1);
    for (int r = 0; r < 32; r++) {
        int extra = nibble(from + 32, r);
        write_shifted(to->q + 8 * r, grid[from[r] | (extra & 7) << 8], extra & 8 ? -1 : 1);
    }
}

/// 48 bytes of five ternary digits, 4 of four, d. A byte is the fraction digits / 243 of 256, so the next digit is what
/// a product with 3 carries out of the byte.
static void tq1_0(const uint8_t *from, Block *to) {
    static const struct { uint8_t start, bytes, digits; } runs[3] = {{0, 32, 5}, {32, 16, 5}, {48, 4, 4}};
    to->unit = f16_value(u16(from + 52));
    memset(to->scales, 1, sizeof to->scales);
    int8_t *q = to->q;
    for (int run = 0; run < 3; run++)
        for (int digit = 0, power = 1; digit < runs[run].digits; digit++, power *= 3)
            for (int j = 0; j < runs[run].bytes; j++)
                *q++ = (int8_t)(((from[runs[run].start + j] * power & 255) * 3 >> 8) - 1);
}

/// 64 bytes of fields of 2 bits, d.
static void tq2_0(const uint8_t *from, Block *to) {
    to->unit = f16_value(u16(from + 64));
    memset(to->scales, 1, sizeof to->scales);
    for (int c = 0; c < COLUMNS; c++) to->q[c] = (int8_t)((from[c / 128 * 32 + c % 32] >> c / 32 % 4 * 2 & 3) - 1);
}

/// f32 d, q[256], sums.
static void q8_k(const uint8_t *from, Block *to) {
    memcpy(&to->unit, from, 4);
    memset(to->scales, 1, sizeof to->scales);
    memcpy(to->q, from + 4, COLUMNS);
}

static void (*const expanders[ZONDA_TYPE_COUNT])(const uint8_t *, Block *) = {
    [ZONDA_Q8_K] = q8_k,   [ZONDA_IQ2_XXS] = iq2_xxs, [ZONDA_IQ2_XS] = iq2_xs, [ZONDA_IQ2_S] = iq2_s,
    [ZONDA_IQ1_S] = iq1_s, [ZONDA_IQ3_XXS] = iq3_xxs, [ZONDA_IQ3_S] = iq3_s,   [ZONDA_IQ1_M] = iq1_m,
    [ZONDA_TQ1_0] = tq1_0, [ZONDA_TQ2_0] = tq2_0,
};

bool zonda_is_expanded(zonda_type type) { return (unsigned)type < ZONDA_TYPE_COUNT && expanders[type]; }

bool zonda_expand_blocks(zonda_type type, const void *blocks, size_t count, void *to) {
    if (!zonda_is_expanded(type)) return false;
    const size_t bytes = (size_t)zonda_block_bytes(type);
    for (size_t i = 0; i < count; i++) {
        Block block;
        expanders[type]((const uint8_t *)blocks + i * bytes, &block);
        // Infinity times some q and a scale is infinity or NaN in the file's own terms: no number either way.
        if (type != ZONDA_Q8_K && !isfinite(block.unit)) block.unit = NAN;
        memcpy((uint8_t *)to + i * sizeof block, &block, sizeof block);
    }
    return true;
}
