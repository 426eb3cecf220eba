// Linear layers on the CPU: y[r][n] = sum over k of x[r][k] * w[n][k], weights in the formats of GGUF.
//
// The arithmetic is a contract, the same for one row and many and on every instruction set, so all give the same bits:
//   * x is rounded per row and block of 256 columns to x = a * A, A an integer within ±16383, a one float.
//   * w = d * W + o per group of columns, W a small integer. Sums of W * A over a chain of columns are exact in int32, so
//     they may be taken in any order. Chains are as long as the widths of the format's fields allow (Linear/layout.h).
//   * float steps, in this order, each a fused multiply-add: t += float(chain sum) * d for each chain of a block; then
//     t += (sum of A of a group) * o for each group; then y += t * a for each block.
// With ZONDA_PANELS_FLOAT (F32, F16 and BF16 weights always) x stays float32: t += x * w column by column, then y += t
// for each block of 256.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonda_blocks.h"

enum {
    ZONDA_TILE_ROWS = 16,        ///< rows of a packed tile; the last tile of a weight is padded with zeros
    ZONDA_MAX_COLUMNS = 1 << 24  ///< so that no size below overflows
};

// ---- Packing ----

/// Bytes of a packed tile of 16 rows; 0 if `columns` is not a positive multiple of the block, or too large.
///
/// The same as in the file for the types that linear layers usually have; 276 bytes per 256 columns and row (8.6 bits a
/// weight) for IQ1, IQ2, IQ3, TQ and Q8_K; 34 per 32 for Q8_1, Q1_0 and Q2_0.
size_t zonda_packed_tile_bytes(zonda_type type, int columns);

/// Bytes of a packed weight; 0 as above, or if `rows` is not positive.
size_t zonda_packed_bytes(zonda_type type, int rows, int columns);

/// Packs up to 16 rows as one tile.
///
/// - rows: the first row in the file's encoding; each further one `stride` bytes on. Any alignment.
/// - to: `zonda_packed_tile_bytes` bytes; all of them are written. Tile t of a weight begins at t times that.
/// Returns false, with `to` unspecified, when sizes are out of range; all bytes of whole blocks can be packed.
bool zonda_pack_tile(zonda_type type, const void *rows, size_t stride, int row_count, int columns, void *to);

// ---- Products ----

/// A packed weight, [rows][columns].
typedef struct {
    zonda_type type;
    int rows, columns;
    const void *packed;
    const void *file_rows;  ///< where `packed` is NULL: rows as the file has them, which the caller packs before each use
    size_t file_stride;     ///< bytes from one of them to the next
} zonda_weight;

/// What panels of activations hold.
typedef enum {
    ZONDA_PANELS_ROUNDED,  ///< 15-bit integers: the default for quantized weights
    ZONDA_PANELS_FLOAT,    ///< float32: for F32, F16 and BF16 weights, and for all when exactness is asked for
} zonda_panel_kind;

/// The kind that `type` needs: float for plain numbers or if `exact`, else rounded.
zonda_panel_kind zonda_panels_for(zonda_type type, bool exact);

/// Bytes of panels of `rows` rows.
size_t zonda_panel_bytes(zonda_panel_kind kind, int rows, int columns);

/// One product. Weights of one input share its panels.
typedef struct {
    zonda_weight weight;
    zonda_panel_kind kind;  ///< as `zonda_panels_for` says
    const void *panels;     ///< of `rows` rows and the weight's columns
    int rows;
    const float *bias;      ///< [weight.rows] or NULL; added last
    float *out;             ///< [rows][out_stride], of which weight.rows are written
    ptrdiff_t out_stride;
} zonda_linear_op;

/// The linear layer's functions of one instruction set.
typedef struct {
    int panel_rows;      ///< granule of rows: `panels` and `linear` take ranges that start at multiples of it
    int output_rows;     ///< granule of outputs: `linear` takes ranges that start at multiples of it
    int few_rows;        ///< up to so many rows stream weights from memory: split by outputs only, in long runs
    size_t scratch_bytes;  ///< of what `linear` and `unpack_row` use, 64-aligned, one for each thread

    /// Writes rows [first, end) of the panels of `rows` rows. `index`, when not NULL, says which row of x each one is.
    ///
    /// Disjoint ranges may run at once. A row with a NaN or an infinity gives NaN in all products of that block.
    void (*make_panels)(
        zonda_panel_kind kind, const float *x, ptrdiff_t stride, const int32_t *index, int rows, int columns,
        int first, int end, void *panels);

    /// Computes outputs [first, end) of rows [first_row, end_row), up to `few_rows` rows all of them. Disjoint ranges may
    /// run at once; any split gives the same bits.
    void (*linear)(const zonda_linear_op *op, int first_row, int end_row, int first, int end, void *scratch);

    /// Dequantizes one row of a packed weight: an embedding that is also the head is held once.
    void (*unpack_row)(const zonda_weight *weight, int row, float *out, void *scratch);
} zonda_linear_kernels;
