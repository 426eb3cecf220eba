// Many rows: a block of WIDE rows of weights is unpacked once to L1, then multiplied with every panel: PANEL rows and STRIP
// rows of weights at a time in registers. Within a chain an inner step is VECTORS loads of weights, M broadcasts and
// M * VECTORS exact products. A panel comes from L2 or L3 once for all strips, which K = 8960 needs (80 to 107 Gop/s).
//
// One core of a Zen 3 EPYC under load from other programs, AVX2, 504 rows, peak of madd + add 142 to 165 Gop/s: Q4_K 107 to
// 122, Q8_0 100 to 122, Q4_1, Q5_0 and Q6_K 96 to 118 (SmolLM2's and Qwen2.5's shapes; Benchmarks/Kernels/linear.c).
enum { VECTORS = STRIP / LANES, CHUNK = 512 / PANEL * PANEL };

typedef struct {
    Unpacked unpacked;
    float sums[CHUNK][WIDE];  ///< y of the rows at hand
} Scratch;

/// Multiplies a panel with columns [strip, strip + STRIP) of `u` and adds to those of `y`.
typedef void RegisterTile(const Unpacked *u, const uint32_t *panel, Layout t, int count, float (*y)[WIDE], int strip);

// No arrays whose length is a variable, even one that is constant after inlining: they would stay in memory.

/// acc = the exact products of one chain: `steps` pairs of `w` with rows [first, first + R) of a panel of M.
INLINE void multiply_chain(
    int M, int first, int R, const uint32_t (*w)[WIDE], const uint32_t *a, int steps, int strip,
    vi acc[PANEL][VECTORS]) {
    UNROLL for (int i = 0; i < R; i++) UNROLL for (int j = 0; j < VECTORS; j++) acc[i][j] = vset(0);
    NOUNROLL for (int s = 0; s < steps; s += 4, w += 4, a += 4 * M) {
        UNROLL for (int k = 0; k < 4; k++) {
            vi x[VECTORS];
            UNROLL for (int j = 0; j < VECTORS; j++) x[j] = vload(&w[k][strip + j * LANES]);
            UNROLL for (int i = 0; i < R; i++) {
                vi b = vset((int)a[k * M + first + i]);
                UNROLL for (int j = 0; j < VECTORS; j++) acc[i][j] = vdot16(acc[i][j], x[j], b);
            }
        }
    }
}

/// Adds the offsets to the sums of a block's chains, scales them as the panel's rows are scaled, and adds them to y.
INLINE void finish_block(
    int M, int first, int R, const Unpacked *u, const uint32_t *panel, int width, int count, float (*y)[WIDE],
    int strip, vf sum[PANEL][VECTORS]) {
    const float *scale = (const float *)(panel + PAIRS * M), *sums = scale + M * (width == 16 ? 1 + SUMS : 1);
    NOUNROLL for (int g = 0; width && g * width < count; g++) {
        vf o[VECTORS];
        UNROLL for (int j = 0; j < VECTORS; j++) o[j] = vloadf(&u->offset[g][strip + j * LANES]);
        UNROLL for (int i = 0; i < R; i++) {
            vf s = vsetf(sums[g * M + first + i]);
            UNROLL for (int j = 0; j < VECTORS; j++) sum[i][j] = vfma(s, o[j], sum[i][j]);
        }
    }
    UNROLL for (int i = 0; i < R; i++) UNROLL for (int j = 0; j < VECTORS; j++) {
        float *to = &y[first + i][strip + j * LANES];
        vstoref(to, vfma(sum[i][j], vsetf(scale[first + i]), vloadf(to)));
    }
}

/// All rows at once, sums in memory between chains: they belong to no register while products are added.
INLINE void tile_rounded(
    int M, const Unpacked *u, const uint32_t *panel, Layout t, int count, float (*y)[WIDE], int strip) {
    const int chain = chain_columns(t), steps = chain / 2;
    float sum[PANEL][STRIP] __attribute__((aligned(64)));
    NOUNROLL for (int q = 0; q * chain < count; q++) {
        vi acc[PANEL][VECTORS];
        multiply_chain(M, 0, M, u->pairs + q * steps, panel + q * steps * M, steps, strip, acc);
        UNROLL for (int i = 0; i < M; i++) UNROLL for (int j = 0; j < VECTORS; j++) {
            vf old = q ? vloadf(&sum[i][j * LANES]) : vzerof();
            vstoref(&sum[i][j * LANES], vfma(vtofloat(acc[i][j]), vloadf(&u->scale[q][strip + j * LANES]), old));
        }
        __asm__ volatile("" : : "r"(sum) : "memory");
    }
    vf all[PANEL][VECTORS];
    UNROLL for (int i = 0; i < M; i++) UNROLL for (int j = 0; j < VECTORS; j++) all[i][j] = vloadf(&sum[i][j * LANES]);
    finish_block(M, 0, M, u, panel, offset_columns(t), count, y, strip, all);
}

#if defined(ZONDA_AVX512)
/// Half of the rows, products and sums both in registers: for chains so short that going through memory would show
/// (Zen 4, chains of 32: 77 % of the peak with sums in memory).
INLINE void tile_short_rows(
    int M, int first, int R, const Unpacked *u, const uint32_t *panel, Layout t, int count, float (*y)[WIDE],
    int strip) {
    const int chain = chain_columns(t), steps = chain / 2;
    vf sum[PANEL][VECTORS];
    UNROLL for (int i = 0; i < R; i++) UNROLL for (int j = 0; j < VECTORS; j++) sum[i][j] = vzerof();
    NOUNROLL for (int q = 0; q * chain < count; q++) {
        vi acc[PANEL][VECTORS];
        multiply_chain(M, first, R, u->pairs + q * steps, panel + q * steps * M, steps, strip, acc);
        vf scale[VECTORS];
        UNROLL for (int j = 0; j < VECTORS; j++) scale[j] = vloadf(&u->scale[q][strip + j * LANES]);
        UNROLL for (int i = 0; i < R; i++) UNROLL for (int j = 0; j < VECTORS; j++)
            sum[i][j] = vfma(vtofloat(acc[i][j]), scale[j], sum[i][j]);
    }
    finish_block(M, first, R, u, panel, offset_columns(t), count, y, strip, sum);
}

INLINE void tile_short(
    int M, const Unpacked *u, const uint32_t *panel, Layout t, int count, float (*y)[WIDE], int strip) {
    const int half = M > PANEL / 2 ? (M + 1) / 2 : M;
    tile_short_rows(M, 0, half, u, panel, t, count, y, strip);
    if (half < M) tile_short_rows(M, half, M - half, u, panel, t, count, y, strip);
}
#endif

INLINE void tile_float(
    int M, const Unpacked *u, const uint32_t *panel, Layout t, int count, float (*y)[WIDE], int strip) {
    const float *a = (const float *)panel;
    vf acc[PANEL][VECTORS];
    (void)t;
    UNROLL for (int i = 0; i < M; i++) UNROLL for (int j = 0; j < VECTORS; j++) acc[i][j] = vzerof();
    NOUNROLL for (int k = 0; k < count; k++) {
        vf x[VECTORS];
        UNROLL for (int j = 0; j < VECTORS; j++) x[j] = vloadf(&u->weights[k][strip + j * LANES]);
        UNROLL for (int i = 0; i < M; i++) {
            vf b = vsetf(a[k * M + i]);
            UNROLL for (int j = 0; j < VECTORS; j++) acc[i][j] = vfma(x[j], b, acc[i][j]);
        }
    }
    UNROLL for (int i = 0; i < M; i++) UNROLL for (int j = 0; j < VECTORS; j++)
        vstoref(&y[i][strip + j * LANES], vaddf(vloadf(&y[i][strip + j * LANES]), acc[i][j]));
}

#if defined(ZONDA_AVX512)
enum { SHORT_CHAIN = 32 };
#else  // 16 registers hold the products only
enum { SHORT_CHAIN = 0 };
#define tile_short tile_rounded
#endif
#if defined(ZONDA_AVX512)
#define MORE_HEIGHTS(X) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#elif defined(ZONDA_AVX2)
#define MORE_HEIGHTS(X) X(5)
#else
#define MORE_HEIGHTS(X)
#endif
#define HEIGHTS(X) X(1) X(2) X(3) X(4) MORE_HEIGHTS(X)
#define DEFINE(M) \
    static void tile_rounded_##M(const Unpacked *u, const uint32_t *a, Layout t, int n, float (*y)[WIDE], int strip) { \
        if (chain_columns(t) <= SHORT_CHAIN) \
            tile_short(M, u, a, t, n, y, strip); \
        else \
            tile_rounded(M, u, a, t, n, y, strip); \
    } \
    static void tile_float_##M(const Unpacked *u, const uint32_t *a, Layout t, int n, float (*y)[WIDE], int strip) { \
        tile_float(M, u, a, t, n, y, strip); \
    }
HEIGHTS(DEFINE)
#undef DEFINE
#define NAME(M) {tile_rounded_##M, tile_float_##M},
static RegisterTile *const register_tiles[PANEL][2] = {HEIGHTS(NAME)};
#undef NAME

/// Adds the bias and writes `count` outputs of each of the rows.
static void write_rows(const zonda_linear_op *op, int row, int rows, int n, int count, float (*y)[WIDE]) {
    for (int r = 0; r < rows; r++) {
        float *to = op->out + op->out_stride * (row + r) + n;
        if (op->bias)
            for (int i = 0; i < count; i++) to[i] = y[r][i] + op->bias[n + i];
        else if (count == WIDE)
            memcpy(to, y[r], sizeof y[r]);  // a few moves, where an unknown size would be a call
        else
            memcpy(to, y[r], sizeof(float) * (size_t)count);
    }
}

/// Outputs [n, end), at most WIDE, of rows [first_row, end_row), at most CHUNK.
static void tiled(const zonda_linear_op *op, int first_row, int end_row, int n, int end, Scratch *scratch) {
    const zonda_weight *weight = &op->weight;
    const Layout t = layout_of(weight->type);
    const size_t bytes = zonda_packed_tile_bytes(weight->type, weight->columns);
    const int outputs = end - n, tiles = (outputs + TILE - 1) / TILE;
    const bool floats = op->kind == ZONDA_PANELS_FLOAT;
    memset(scratch->sums, 0, sizeof(float) * WIDE * (size_t)(end_row - first_row));
    for (int b = 0; b * BLOCK < weight->columns; b++) {
        int count = weight->columns - b * BLOCK < BLOCK ? weight->columns - b * BLOCK : BLOCK;
        const uint8_t *tile = (const uint8_t *)weight->packed + bytes * (size_t)(n / TILE);
        unpack_block(t, tile, bytes, tiles, b, count, floats, &scratch->unpacked);
        for (int row = first_row; row < end_row; row += PANEL) {
            int M = op->rows - row < PANEL ? op->rows - row : PANEL;
            const uint32_t *panel = panel_at(op->kind, op->panels, op->rows, b, row);
            for (int strip = 0; strip < outputs; strip += STRIP)
                register_tiles[M - 1][floats](
                    &scratch->unpacked, panel, t, count, scratch->sums + (row - first_row), strip);
        }
    }
    write_rows(op, first_row, end_row - first_row, n, outputs, scratch->sums);
}
