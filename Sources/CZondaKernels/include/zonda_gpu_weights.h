// How weights lie in the memory of a GPU: sizes, known from types and shapes alone. docs/gpu-weights.md describes them.
//
// A weight [rows, columns] becomes tiles of 16 rows; a tile is a run of units of 32 or 256 columns, each with its scales
// beside it, in the order in which the lanes of a warp read them for mma.m16n8k16.
#pragma once
#include <stdint.h>

/// The layouts; their names are also those of the kernels' template arguments, without the prefix.
typedef enum zonda_gpu_layout {
    ZONDA_LAYOUT_F32, ZONDA_LAYOUT_F16, ZONDA_LAYOUT_BF16,
    ZONDA_LAYOUT_Q4_0, ZONDA_LAYOUT_Q4_1, ZONDA_LAYOUT_Q5_0, ZONDA_LAYOUT_Q5_1, ZONDA_LAYOUT_Q8_0,
    ZONDA_LAYOUT_IQ4_NL, ZONDA_LAYOUT_MXFP4, ZONDA_LAYOUT_NVFP4,
    ZONDA_LAYOUT_Q2_K, ZONDA_LAYOUT_Q3_K, ZONDA_LAYOUT_Q4_K, ZONDA_LAYOUT_Q5_K, ZONDA_LAYOUT_Q6_K, ZONDA_LAYOUT_IQ4_XS,
    ZONDA_LAYOUT_X8,  ///< IQ1, IQ2, IQ3, TQ and Q8_K; the host expands their rows first (zonda_gpu_expanded_bytes)
    ZONDA_LAYOUT_COUNT,
} zonda_gpu_layout;

enum {
    ZONDA_GPU_TILE_ROWS = 16,
    /// Bytes per row and 256 columns that the host makes of a type of layout X8: float32 unit, 16 unsigned scales, 256
    /// signed values; w = unit * scale * value.
    ZONDA_GPU_EXPANDED_BYTES = 276,
};

/// Columns of a unit: 32 or 256. A tile holds whole units, the last one padded with zeros.
int32_t zonda_gpu_unit_columns(zonda_gpu_layout layout);

/// Bytes of a unit of 16 rows: a multiple of 16.
int32_t zonda_gpu_unit_bytes(zonda_gpu_layout layout);

/// Units that a kernel copies at once.
int32_t zonda_gpu_record_units(zonda_gpu_layout layout);

/// Bytes of a packed weight; 0 when rows or columns are not positive, or columns exceed 2^24.
uint64_t zonda_gpu_weight_bytes(zonda_gpu_layout layout, int64_t rows, int64_t columns);

/// Elements between rows of activations as kernels stage them: columns padded to 32, then to an odd number of 32s.
int32_t zonda_gpu_activation_stride(int32_t columns);

/// Floats between rows of sums of 16 activations.
int32_t zonda_gpu_sum_stride(int32_t columns);
