// Blocks of weights as files have them: their types and sizes, the codebooks of the IQ types, and the expansion of what
// no kernel unpacks itself. One text for the reference, the CPU and the GPU.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How weights lie in the file; the names are GGML's.
typedef enum {
    ZONDA_F32, ZONDA_F16, ZONDA_BF16, ZONDA_Q1_0, ZONDA_Q2_0,
    ZONDA_Q4_0, ZONDA_Q4_1, ZONDA_Q5_0, ZONDA_Q5_1, ZONDA_Q8_0, ZONDA_Q8_1,
    ZONDA_Q2_K, ZONDA_Q3_K, ZONDA_Q4_K, ZONDA_Q5_K, ZONDA_Q6_K, ZONDA_Q8_K,
    ZONDA_IQ4_NL, ZONDA_IQ4_XS, ZONDA_MXFP4, ZONDA_NVFP4,
    ZONDA_IQ2_XXS, ZONDA_IQ2_XS, ZONDA_IQ2_S, ZONDA_IQ3_XXS, ZONDA_IQ3_S, ZONDA_IQ1_S, ZONDA_IQ1_M,
    ZONDA_TQ1_0, ZONDA_TQ2_0,
    ZONDA_TYPE_COUNT,
} zonda_type;

/// Columns of one block of `type`: a weight's columns must be a multiple of it. 1 for plain numbers, 0 for no type.
int zonda_block_columns(zonda_type type);

/// Bytes of one block of `type` in a file; 0 for no type.
int zonda_block_bytes(zonda_type type);

// ---- Codebooks ----

typedef enum {
    ZONDA_GRID_IQ2_XXS, ZONDA_GRID_IQ2_XS, ZONDA_GRID_IQ2_S, ZONDA_GRID_IQ1, ZONDA_GRID_IQ3_XXS, ZONDA_GRID_IQ3_S,
    ZONDA_GRID_COUNT,
} zonda_grid;

/// Rows of a codebook; 0 for none.
int zonda_grid_row_count(zonda_grid grid);

/// The rows of a codebook: eight signed bytes, or for IQ3 four, the first value in the lowest one. NULL for none.
///
/// Made at the first call; any thread may call.
const uint64_t *zonda_grid_rows(zonda_grid grid);

// ---- Expansion ----

/// Bytes of an expanded block of 256 columns: float32 unit, 16 unsigned scales, 256 signed integers. A value is unit *
/// scale of its 16 columns * integer, exactly.
enum { ZONDA_EXPANDED_BYTES = 4 + 16 + 256 };

/// Whether `zonda_expand_blocks` takes `type`: IQ1, IQ2, IQ3, TQ and Q8_K.
bool zonda_is_expanded(zonda_type type);

/// Expands blocks of 256 columns that follow each other, exactly, whatever their bits. A block whose factor is infinite
/// gets NaN for it, as products with zeros would (Q8_K keeps its float as it is).
///
/// - blocks: of `count` times the type's bytes, of any alignment.
/// - to: of `count` times ZONDA_EXPANDED_BYTES bytes.
/// Returns false, and writes nothing, for other types.
bool zonda_expand_blocks(zonda_type type, const void *blocks, size_t count, void *to);
