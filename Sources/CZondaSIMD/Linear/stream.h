// Few rows: weights go from memory through registers once, all rows of the only panel (R <= FEW) at a time.
//
// On 16 registers two rows win and more lose against tiles. One core of a Zen 3 EPYC, AVX2, data in its caches, 1536 -> 1536,
// 1 row: Q5_0 62, Q6_K 59, Q4_K 54 to 60 Gop/s. From memory, two threads, best of runs: Q5_0 21.9, Q4_K 21.5, Q6_K 22.4 GB/s,
// where plain reading gets 24.
#if defined(ZONDA_AVX512)
enum { FEW = 8 };
#else
enum { FEW = 2 };
#endif

/// Adds the products of pairs [first, end) of a group with R rows to acc.
///
/// Raised pairs have sums of their own, which are lowered once: exact, as at most 6 pairs of 63 * 2^6, 5 of 31 * 2^5 or 8 of
/// 15 * 2^4 times two columns of 16383 stay below 2^31.
INLINE void stream_pairs(
    Layout t, int R, const uint8_t *group, const uint32_t *a, int first, int end, vi acc[HALVES][FEW]) {
    vi raised[HALVES][FEW];
    UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++) raised[h][r] = vset(0);
    UNROLL for (int p = first; p < end; p++) UNROLL for (int h = 0; h < HALVES; h++) {
        vi x = raised_pair(t, group, p, h);
        UNROLL for (int r = 0; r < R; r++) {
            vi *sum = pair_raise(t, p) ? &raised[h][r] : &acc[h][r];
            *sum = vdot16(*sum, x, vset((int)a[p * R + r]));
        }
    }
    if (pair_raise(t, 1)) UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++)
        acc[h][r] = vadd(acc[h][r], vsar(raised[h][r], pair_raise(t, 1)));
}

/// One tile of quantized weights, R rows: y[r][16].
INLINE void stream_any(Layout t, int R, const uint8_t *tile, const void *panels, int columns, float (*y)[TILE]) {
    const int chain = chain_columns(t), scaled = scale_columns(t), shifted = offset_columns(t), bias = stored_bias(t);
    const int run = scaled == 16 ? 16 : 32, runs = GROUP / run;  // columns with one integer scale
    vf c[HALVES][FEW];
    UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++) c[h][r] = vzerof();
    for (int b = 0; b * BLOCK < columns; b++) {
        const int left = (columns - b * BLOCK) / GROUP, groups = left < GROUPS ? left : GROUPS;
        const uint8_t *block = tile + (size_t)b * (size_t)block_stride(t);
        const uint32_t *panel = panel_at(ZONDA_PANELS_ROUNDED, panels, R, b, 0);
        const float *scale = (const float *)(panel + PAIRS * R), *sums = scale + R, *halves = sums + SUMS * R;
        vf v[HALVES][FEW], offset[HALVES][16], d[HALVES];
        vi total[HALVES][FEW];
        UNROLL for (int h = 0; h < HALVES; h++) {
            d[h] = has_head(t) ? float_scale(t, block, 0, h) : vzerof();
            UNROLL for (int r = 0; r < R; r++) total[h][r] = vset(0), v[h][r] = vzerof();
        }
        NOUNROLL for (int g = 0; g < groups; g++) {
            const uint8_t *group = block + head_bytes(t) + group_bytes(t) * g;
            UNROLL for (int i = 0; i < group_bytes(t); i += 64) __builtin_prefetch(group + AHEAD + i);
            UNROLL for (int i = 0; i < runs; i++) {
                vi acc[HALVES][FEW];
                UNROLL for (int r = 0; r < R; r++) {
                    float sum = runs == 1 ? sums[g * R + r] : halves[(2 * g + i) * R + r];
                    vi start = bias ? vset(-bias * (int)sum) : vset(0);
                    UNROLL for (int h = 0; h < HALVES; h++) acc[h][r] = start;
                }
                stream_pairs(t, R, group, panel + GROUP / 2 * g * R, i * run / 2, (i + 1) * run / 2, acc);
                UNROLL for (int h = 0; h < HALVES; h++) {
                    vi s = scaled ? integer_scale(t, block, g * runs + i, h) : vset(1);
                    UNROLL for (int r = 0; r < R; r++)
                        total[h][r] = vadd(total[h][r], scaled ? vmul(acc[h][r], s) : acc[h][r]);
                }
            }
            UNROLL for (int h = 0; h < HALVES; h++) {
                if (shifted == 32) offset[h][g] = offset_of(t, block, group, g, h);
                if (shifted == 16) offset[h][2 * g] = offset_of(t, block, group, 2 * g, h);
                if (shifted == 16) offset[h][2 * g + 1] = offset_of(t, block, group, 2 * g + 1, h);
                if ((g + 1) * GROUP % chain) continue;  // the chain goes on
                vf of_chain = has_head(t) ? d[h] : float_scale(t, group, 0, h);
                UNROLL for (int r = 0; r < R; r++) {
                    v[h][r] = vfma(vtofloat(total[h][r]), of_chain, v[h][r]);
                    total[h][r] = vset(0);
                }
            }
        }
        if (shifted) NOUNROLL for (int g = 0; g * shifted < groups * GROUP; g++)
            UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++)
                v[h][r] = vfma(vsetf((shifted == 16 ? halves : sums)[g * R + r]), offset[h][g], v[h][r]);
        UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++)
            c[h][r] = vfma(v[h][r], vsetf(scale[r]), c[h][r]);
    }
    UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++) vstoref(&y[r][h * LANES], c[h][r]);
}

/// One tile of plain numbers, R rows.
INLINE void stream_plain(Layout t, int R, const uint8_t *tile, const void *panels, int columns, float (*y)[TILE]) {
    vf c[HALVES][FEW];
    UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++) c[h][r] = vzerof();
    for (int b = 0; b * BLOCK < columns; b++) {
        const int count = columns - b * BLOCK < BLOCK ? columns - b * BLOCK : BLOCK;
        const uint8_t *block = tile + (size_t)b * (size_t)block_stride(t);
        const float *a = (const float *)panel_at(ZONDA_PANELS_FLOAT, panels, R, b, 0);
        vf v[HALVES][FEW];
        UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++) v[h][r] = vzerof();
        NOUNROLL for (int k = 0; k < count; k++) {
            __builtin_prefetch(block + group_bytes(t) / GROUP * k + AHEAD);
            UNROLL for (int h = 0; h < HALVES; h++) {
                vf x = plain(t, block, k, h);
                UNROLL for (int r = 0; r < R; r++) v[h][r] = vfma(x, vsetf(a[k * R + r]), v[h][r]);
            }
        }
        UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++) c[h][r] = vaddf(c[h][r], v[h][r]);
    }
    UNROLL for (int h = 0; h < HALVES; h++) UNROLL for (int r = 0; r < R; r++) vstoref(&y[r][h * LANES], c[h][r]);
}

typedef void Stream(const uint8_t *tile, const void *panels, int columns, float (*y)[TILE]);
#define DEFINE_AS(way, t, R) \
    static void stream_##t##_##R(const uint8_t *w, const void *a, int k, float (*y)[TILE]) { \
        way(L_##t, R, w, a, k, y); \
    }
#if defined(ZONDA_AVX512)
#define FEW_HEIGHTS(X, way, t) \
    X(way, t, 1) X(way, t, 2) X(way, t, 3) X(way, t, 4) X(way, t, 5) X(way, t, 6) X(way, t, 7) X(way, t, 8)
#else
#define FEW_HEIGHTS(X, way, t) X(way, t, 1) X(way, t, 2)
#endif
#define STREAMED(X) \
    X(stream_plain, F32) X(stream_plain, F16) X(stream_plain, BF16) X(stream_any, Q4_0) X(stream_any, Q4_1) \
    X(stream_any, Q5_0) X(stream_any, Q5_1) X(stream_any, Q8_0) X(stream_any, IQ4_NL) X(stream_any, MXFP4) \
    X(stream_any, Q2_K) X(stream_any, Q3_K) X(stream_any, Q4_K) X(stream_any, Q5_K) X(stream_any, Q6_K) \
    X(stream_any, IQ4_XS)
#define DEFINE(way, t) FEW_HEIGHTS(DEFINE_AS, way, t)
STREAMED(DEFINE)
#undef DEFINE
#undef DEFINE_AS
#define NAME_AS(way, t, R) stream_##t##_##R,
#define NAME(way, t) [L_##t] = {FEW_HEIGHTS(NAME_AS, way, t)},
/// NULL for NVFP4 and X8, which go through tiles.
static Stream *const streams[L_X8 + 1][FEW] = {STREAMED(NAME)};
#undef NAME
#undef NAME_AS

INLINE Stream *stream_for(const zonda_linear_op *op) {
    Layout t = layout_of(op->weight.type);
    if (op->rows > FEW || (op->kind == ZONDA_PANELS_FLOAT) != (t <= L_BF16)) return NULL;
    return streams[t][op->rows - 1];
}

static void streamed(const zonda_linear_op *op, Stream *stream, int first, int end) {
    const size_t bytes = zonda_packed_tile_bytes(op->weight.type, op->weight.columns);
    for (int n = first; n < end; n += TILE) {
        float y[FEW][TILE];
        stream((const uint8_t *)op->weight.packed + bytes * (size_t)(n / TILE), op->panels, op->weight.columns, y);
        int count = end - n < TILE ? end - n : TILE;
        for (int r = 0; r < op->rows; r++) {
            float *to = op->out + op->out_stride * r + n;
            // Asked once: in the loop it becomes a masked load from NULL, which Zen takes hundreds of cycles for.
            if (op->bias)
                for (int i = 0; i < count; i++) to[i] = y[r][i] + op->bias[n + i];
            else
                memcpy(to, y[r], sizeof(float) * (size_t)count);
        }
    }
}
