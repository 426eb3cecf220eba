// Expansion of the types whose integers come from grids, or whose scale is a float32: IQ1, IQ2, IQ3, TQ and Q8_K become
// X8, one float32 unit a block, a small integer scale for each 16 columns, and an int8 for each column.
//
// Their values are unit * scale * q with an f16 unit (11 bits), a scale of at most 5 bits and q of at most 6, so the
// product is exact in float32 and q is their exact quotient: the grids need not be known here. Every value is checked.
#include <math.h>
#include <stdbool.h>

#include "../include/zonda_linear.h"
#include "layout.h"
#include "pack.h"

static float f16_value(uint16_t x) {
    int exponent = x >> 10 & 31, mantissa = x & 1023;
    float magnitude = exponent == 31 ? (mantissa ? NAN : INFINITY)
        : exponent ? ldexpf((float)(mantissa | 1024), exponent - 25) : ldexpf((float)mantissa, -24);
    return x & 0x8000 ? -magnitude : magnitude;
}

/// The unit of a block; fills the 16 integer scales.
static float unit_and_scales(zonda_type type, const uint8_t *from, uint8_t scales[16]) {
    float d = f16_value(word16(from));
    switch (type) {
    case ZONDA_IQ2_XXS:  // d, 8 x {4 indices, signs and scale u32}; d (s + 1/2) / 4
        for (int i = 0; i < 16; i++) scales[i] = (uint8_t)(2 * (from[2 + 8 * (i / 2) + 7] >> 4) + 1);
        return d / 8;
    case ZONDA_IQ2_XS: case ZONDA_IQ2_S:  // 8 bytes of scales at the end
        for (int i = 0; i < 16; i++)
            scales[i] = (uint8_t)(2 * (from[(type == ZONDA_IQ2_XS ? 66 : 74) + i / 2] >> 4 * (i % 2) & 15) + 1);
        return d / 8;
    case ZONDA_IQ3_XXS:  // d, indices[64], 8 x signs and scale u32; d (s + 1/2) / 2
        for (int i = 0; i < 16; i++) scales[i] = (uint8_t)(2 * (from[66 + 4 * (i / 2) + 3] >> 4) + 1);
        return d / 4;
    case ZONDA_IQ3_S:  // 4 bytes of scales at the end; d (2s + 1)
        for (int i = 0; i < 16; i++) scales[i] = (uint8_t)(2 * (from[106 + i / 4] >> 4 * (i / 2 % 2) & 15) + 1);
        return d;
    case ZONDA_IQ1_S:  // d, indices[32], 8 x u16; d (2s + 1) (grid ± 1/8)
        for (int i = 0; i < 16; i++) scales[i] = (uint8_t)(2 * (from[34 + 2 * (i / 2) + 1] >> 4 & 7) + 1);
        return d / 8;
    case ZONDA_IQ1_M: {  // indices[32], high[16], 4 x u16: four 3-bit scales and a quarter of d
        uint16_t bits = 0;
        for (int w = 0; w < 4; w++) bits = (uint16_t)(bits | word16(from + 48 + 2 * w) >> 12 << 4 * w);
        for (int i = 0; i < 16; i++) scales[i] = (uint8_t)(2 * (word16(from + 48 + 2 * (i / 4)) >> 3 * (i % 4) & 7) + 1);
        return f16_value(bits) / 8;
    }
    default:  // TQ1_0, TQ2_0: q[48], high[4], d; q[64], d
        memset(scales, 1, 16);
        return f16_value(word16(from + (type == ZONDA_TQ1_0 ? 52 : 64)));
    }
}

bool zonda_expand_block(zonda_type type, const void *block, const float *values, void *to) {
    const uint8_t *from = block;
    uint8_t scales[16];
    int8_t q[BLOCK] = {0};
    float unit;
    if (layout_of(type) != L_X8 || (type != ZONDA_Q8_K && values == NULL)) return false;
    if (type == ZONDA_Q8_K) {  // f32 d, q[256], sums
        memcpy(&unit, from, 4);
        memcpy(q, from + 4, BLOCK);
        memset(scales, 1, 16);
    } else {
        unit = unit_and_scales(type, from, scales);
        if (!isfinite(unit)) unit = NAN;  // as every value of the block then is, or an infinity
        for (int c = 0; c < BLOCK && unit != 0 && isfinite(unit); c++) {
            float step = unit * (float)scales[c / 16], whole = values[c] / step;
            if (!(fabsf(whole) * (float)scales[c / 16] <= 4096 && fabsf(whole) <= 127)) return false;
            q[c] = (int8_t)whole;
            if (step * (float)q[c] != values[c]) return false;
        }
    }
    memcpy(to, &unit, 4);
    memcpy((uint8_t *)to + 4, scales, 16);
    memcpy((uint8_t *)to + 20, q, BLOCK);
    return true;
}

bool zonda_pack_expanded(zonda_type type, const uint8_t *from, const float *values, int row, uint8_t *to) {
    uint8_t expanded[ZONDA_EXPANDED_BYTES];
    if (!zonda_expand_block(type, from, values, expanded)) return false;
    memcpy(to + 4 * row, expanded, 4);
    for (int i = 0; i < 16; i++) to[64 + 16 * i + row] = expanded[4 + i];
    for (int g = 0; g < GROUPS; g++)
        pack_bytes(expanded + 20 + GROUP * g, to + head_bytes(L_X8) + BYTES * g + 4 * row);
    return true;
}
