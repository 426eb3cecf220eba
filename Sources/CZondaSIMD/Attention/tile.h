// The one product of attention: C[R rows][32 or 16 columns] = C (or 0, when `fresh`) + A[R][k] * B[k][columns], k in order, one fma each, C in
// registers. Scores: A is the queries, B the keys of a page [headSize][32]. Values: A is the weights, B [32][headSize].
// A row's bits do not depend on R: rows never meet.

// Rows of a full tile: with 32 columns, 12 of 16 registers hold C on AVX2, 16 of 32 on AVX-512, 24 of 32 on NEON.
enum { TILE_ROWS = LANES == 16 ? 8 : 3 };

typedef struct tile_product {
    const float *a;
    float *c;
    const void *b;    // float, or float16 when `half`
    int32_t b_stride; // elements
    int32_t first, end;
    ptrdiff_t ahead;  // bytes to what will be B next, for prefetching; 0 for nothing
} tile_product;

INLINE void tile_any(tile_product p, bool half, bool fresh, int R, int vectors, int a_stride, int c_stride) {
    vf sum[TILE_ROWS][PART_VECTORS];
    UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = fresh ? vzerof() : vloadf(p.c + r * c_stride + v * LANES);
    const size_t bytes = (size_t)p.b_stride * (half ? 2 : 4);
    const char *b = (const char *)p.b + (size_t)p.first * bytes;
    NOUNROLL for (int k = p.first; k < p.end; k++, b += bytes) {
        if (half) __builtin_prefetch(b + p.ahead);
        UNROLL for (int v = 0; v < vectors; v++) {
            vf x = half ? vload_f16((const uint16_t *)b + v * LANES) : vloadf((const float *)b + v * LANES);
            UNROLL for (int r = 0; r < R; r++) sum[r][v] = vfma(vsetf(p.a[r * a_stride + k]), x, sum[r][v]);
        }
    }
    UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int v = 0; v < vectors; v++) vstoref(p.c + r * c_stride + v * LANES, sum[r][v]);
}

#define EACH_TILE(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)

// Rows [0, rows) of a product with a page's keys, `rows` at most TILE_ROWS.
static void tile_scores(tile_product p, bool half, int rows) {
    switch (rows) {
#define CASE(R) \
    case R: \
        if (R > TILE_ROWS) break; \
        if (half) tile_any(p, true, true, R, PART_VECTORS, query_stride, score_stride); \
        else tile_any(p, false, true, R, PART_VECTORS, query_stride, score_stride); \
        break;
        EACH_TILE(CASE)
#undef CASE
    }
}

// The same with a page's values: 32 columns, or the last 16.
static void tile_values(tile_product p, bool half, int rows, bool last) {
    switch (rows) {
#define CASE(R) \
    case R: \
        if (R > TILE_ROWS) break; \
        if (half && last) tile_any(p, true, false, R, PART_VECTORS / 2, score_stride, query_stride); \
        else if (half) tile_any(p, true, false, R, PART_VECTORS, score_stride, query_stride); \
        else if (last) tile_any(p, false, false, R, PART_VECTORS / 2, score_stride, query_stride); \
        else tile_any(p, false, false, R, PART_VECTORS, score_stride, query_stride); \
        break;
        EACH_TILE(CASE)
#undef CASE
    }
}
#undef EACH_TILE
