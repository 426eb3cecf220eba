// Arguments of the kernels that pack weights, look up their rows and expand them. See zonda_gpu_weights.h for layouts.
#pragma once
#include "zonda_arguments.h"

/// Rows of a file, staged in device memory, into tiles of a packed weight.
typedef struct zonda_pack_arguments {
    ZONDA_ADDRESS(const uint8_t) source;  ///< the first row; a multiple of 4
    ZONDA_ADDRESS(uint8_t) destination;   ///< the tile of the first row
    int64_t row_bytes;                    ///< from row to row in `source`
    int32_t rows;                         ///< here; all but a weight's last call take a multiple of 16
    int32_t columns;
} zonda_pack_arguments;

/// output[r] = scale * weight[tokens[r]].
typedef struct zonda_embed_arguments {
    ZONDA_ADDRESS(const uint8_t) weight;
    ZONDA_ADDRESS(const int32_t) tokens;
    ZONDA_ADDRESS(const int32_t) row_count;  ///< how many of the launch's rows there are; 0: all
    ZONDA_ADDRESS(float) output;
    int64_t output_stride;
    int32_t vocabulary;  ///< rows of the weight; a token outside gives zeros
    int32_t columns;
    float scale;
    int32_t rows;
} zonda_embed_arguments;

/// Rows first_row ... first_row + rows - 1 of a packed weight as row-major bf16.
typedef struct zonda_expand_arguments {
    ZONDA_ADDRESS(const uint8_t) weight;
    ZONDA_ADDRESS(uint16_t) output;
    int64_t output_stride;  ///< elements, even
    int32_t first_row;      ///< a multiple of 16
    int32_t rows;
    int32_t columns;
} zonda_expand_arguments;
