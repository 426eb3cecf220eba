// Unpacking of one block of 256 columns of a tile to int16 pairs or floats, in L1: all that many rows need of a type.

/// Up to WIDE rows of weights, one block. Chains and offsets as in Linear/layout.h.
typedef struct {
    uint32_t pairs[PAIRS][WIDE];
    float scale[16][WIDE];
    float offset[16][WIDE];
    float weights[BLOCK][WIDE];  ///< dequantized, when panels hold floats
} Unpacked;

INLINE vi both_halves(vi x) { return vor(vand(x, vset(0xffff)), vshl(x, 16)); }

/// Rows of one tile into columns [column, column + 16) of `u`.
INLINE void unpack_any(Layout t, const uint8_t *block, int groups, Unpacked *u, int column) {
    const int scaled = scale_columns(t), shifted = offset_columns(t), chain = chain_columns(t);
    const vi bias = vset(stored_bias(t) * 0x00010001);
    NOUNROLL for (int g = 0; g < groups; g++) {
        const uint8_t *group = block + head_bytes(t) + group_bytes(t) * g;
        UNROLL for (int i = 0; i < group_bytes(t); i += 64) __builtin_prefetch(group + AHEAD + i);
        NOUNROLL for (int h = 0; h < HALVES; h++) {
            const int at = column + h * LANES;
            vi scales[2] = {vset(0), vset(0)};
            if (scaled) scales[0] = both_halves(integer_scale(t, block, scaled == 16 ? 2 * g : g, h));
            scales[1] = scaled == 16 ? both_halves(integer_scale(t, block, 2 * g + 1, h)) : scales[0];
            UNROLL for (int p = 0; p < GROUP / 2; p++) {
                vi w = pair_of(t, group, p, h);
                if (stored_bias(t)) w = vsub16(w, bias);
                if (scaled) w = vmul16(w, scales[p / 8]);
                vstore(&u->pairs[GROUP / 2 * g + p][at], w);
            }
            if (chain == 16) {
                vstoref(&u->scale[2 * g][at], float_scale(t, group, 0, h));
                vstoref(&u->scale[2 * g + 1][at], float_scale(t, group, 1, h));
            } else if (!has_head(t)) {
                vstoref(&u->scale[g][at], float_scale(t, group, 0, h));
            } else if (g * GROUP % chain == 0) {
                vstoref(&u->scale[g * GROUP / chain][at], float_scale(t, block, 0, h));
            }
            if (shifted == 32) vstoref(&u->offset[g][at], offset_of(t, block, group, g, h));
            if (shifted == 16) {
                vstoref(&u->offset[2 * g][at], offset_of(t, block, group, 2 * g, h));
                vstoref(&u->offset[2 * g + 1][at], offset_of(t, block, group, 2 * g + 1, h));
            }
        }
    }
}

typedef void Unpack(const uint8_t *block, int groups, Unpacked *u, int column);
#define QUANTIZED(X) \
    X(Q4_0) X(Q4_1) X(Q5_0) X(Q5_1) X(Q8_0) X(IQ4_NL) X(MXFP4) X(NVFP4) \
    X(Q2_K) X(Q3_K) X(Q4_K) X(Q5_K) X(Q6_K) X(IQ4_XS) X(X8)
#define DEFINE(t) \
    static void unpack_##t(const uint8_t *block, int groups, Unpacked *u, int column) { \
        unpack_any(L_##t, block, groups, u, column); \
    }
QUANTIZED(DEFINE)
#undef DEFINE
#define NAME(t) [L_##t] = unpack_##t,
static Unpack *const unpacks[] = {QUANTIZED(NAME)};
#undef NAME

/// Dequantizes what `unpack_any` left: columns [0, 32 groups) of `width` rows.
static void dequantize(Layout t, int groups, int width, Unpacked *u) {
    const int chain = chain_columns(t), shifted = offset_columns(t);
    for (int p = 0; p < GROUP / 2 * groups; p++) {
        const float *scale = u->scale[2 * p / chain], *offset = shifted ? u->offset[2 * p / shifted] : NULL;
        for (int j = 0; j < width; j += LANES) {
            vi w = vload(&u->pairs[p][j]);
            vf d = vloadf(scale + j), o = offset ? vloadf(offset + j) : vzerof();
            vstoref(&u->weights[2 * p][j], vfma(vtofloat(vsar(vshl(w, 16), 16)), d, o));
            vstoref(&u->weights[2 * p + 1][j], vfma(vtofloat(vsar(w, 16)), d, o));
        }
    }
}

/// LANES plain numbers of column k.
INLINE vf plain(Layout t, const uint8_t *tile, int k, int h) {
    if (t == L_F32) return vloadf((const float *)tile + TILE * k + h * LANES);
    const uint8_t *at = tile + 2 * (TILE * k + h * LANES);
    return t == L_F16 ? vload_f16(at) : vload_bf16(at);
}

INLINE void widen_any(Layout t, const uint8_t *from, int count, Unpacked *u, int column) {
    for (int k = 0; k < count; k++)
        UNROLL for (int h = 0; h < HALVES; h++) vstoref(&u->weights[k][column + h * LANES], plain(t, from, k, h));
}

/// Columns [0, count) of block b of the rows of `tiles` tiles, as pairs or, if `floats`, as floats. Where that leaves part of
/// a strip, the last tile is repeated.
static void unpack_block(
    Layout t, const uint8_t *tile, size_t tile_bytes, int tiles, int b, int count, bool floats, Unpacked *u) {
    const int width = (tiles * TILE + STRIP - 1) / STRIP * STRIP;
    for (int s = 0; s < width / TILE; s++) {
        const uint8_t *of_tile = tile + tile_bytes * (size_t)(s < tiles ? s : tiles - 1);
        const uint8_t *block = of_tile + (size_t)b * (size_t)block_stride(t);
        switch (t) {
        case L_F32: widen_any(L_F32, block, count, u, s * TILE); break;
        case L_F16: widen_any(L_F16, block, count, u, s * TILE); break;
        case L_BF16: widen_any(L_BF16, block, count, u, s * TILE); break;
        default: unpacks[t](block, count / GROUP, u, s * TILE);
        }
    }
    if (floats && t > L_BF16) dequantize(t, count / GROUP, width, u);
}
