// Panels of activations: what both products multiply weights with.
//
// A panel is M <= PANEL rows of one block of 256 columns, rows side by side so that one pointer feeds all of them:
//   rounded  pairs int16[128 pairs][M][2], scale float[M], sums of integers float[8][M] (of 32), float[16][M] (of 16)
//   float    float[256][M]
// The panels of one block follow each other, the last with the rows that are left; then comes the next block.
enum { PAIRS = BLOCK / 2, SUMS = 8, HALF_SUMS = 16, ROUNDED_WORDS = PAIRS + 1 + SUMS + HALF_SUMS, LARGEST = 16383 };

INLINE int words_of(zonda_panel_kind kind) { return kind == ZONDA_PANELS_ROUNDED ? ROUNDED_WORDS : BLOCK; }

/// The panel of block `block` that begins with row `first`, a multiple of PANEL.
INLINE const uint32_t *panel_at(zonda_panel_kind kind, const void *panels, int rows, int block, int first) {
    return (const uint32_t *)panels + ((size_t)block * (size_t)rows + (size_t)first) * (size_t)words_of(kind);
}

/// Rounds n values of one row (n a multiple of 32), and writes them as row i of a panel of M.
static void round_row(const float *x, int n, uint32_t *panel, int M, int i) {
    vi most = vset(0);  // magnitudes compare as integers, NaN above all
    for (int k = 0; k < n; k += LANES) most = vmax(most, vbits(vabsf(vloadf(x + k))));
    int32_t bits = vtop(most);
    float top, scale, inverse;
    memcpy(&top, &bits, 4);
    if (bits >= 0x7f800000) {
        scale = NAN, inverse = 0;
    } else if (top < 0x1p-112f) {  // 16383 / top would overflow: what is so small counts as zero
        scale = 0, inverse = 0;
    } else {
        scale = top / LARGEST, inverse = LARGEST / top;
    }
    uint32_t pairs[PAIRS] = {0};
    int32_t of_pair[PAIRS] = {0};
    if (inverse > 0) {
        for (int k = 0; k < n; k += LANES)
            vstore_s16((int16_t *)pairs + k, vtoint(vmulf(vloadf(x + k), vsetf(inverse))));
        for (int p = 0; 2 * p < n; p += LANES)
            vstore(of_pair + p, vdot16(vset(0), vload(pairs + p), vset(0x00010001)));
    }
    float *tail = (float *)(panel + PAIRS * M), *of_32 = tail + M + i, *of_16 = of_32 + SUMS * M;
    tail[i] = scale;
    // Not as vectors: clang would scatter them, at twice the time of plain stores.
    _Pragma("clang loop vectorize(disable)") for (int p = 0; p < PAIRS; p++) panel[p * M + i] = pairs[p];
    _Pragma("clang loop vectorize(disable)") for (int g = 0; g < SUMS; g++) {
        int32_t halves[2] = {0, 0};
        for (int k = 0; k < 8; k++) halves[0] += of_pair[16 * g + k], halves[1] += of_pair[16 * g + 8 + k];
        of_16[2 * g * M] = (float)halves[0];
        of_16[(2 * g + 1) * M] = (float)halves[1];
        of_32[g * M] = (float)(halves[0] + halves[1]);
    }
}

static void make_panels(
    zonda_panel_kind kind, const float *x, ptrdiff_t stride, const int32_t *index, int rows, int columns, int first,
    int end, void *panels) {
    for (int row = first; row < end; row++) {
        int start = row / PANEL * PANEL, M = rows - start < PANEL ? rows - start : PANEL;
        const float *from = x + stride * (index ? index[row] : row);
        for (int b = 0; b * BLOCK < columns; b++) {
            int n = columns - b * BLOCK < BLOCK ? columns - b * BLOCK : BLOCK;
            uint32_t *panel = (uint32_t *)panel_at(kind, panels, rows, b, start);
            if (kind == ZONDA_PANELS_ROUNDED)
                round_row(from + b * BLOCK, n, panel, M, row - start);
            else
                for (int k = 0; k < n; k++) memcpy(panel + k * M + row - start, from + b * BLOCK + k, 4);
        }
    }
}
