// Arguments of the kernels that multiply activations with packed weights.
#pragma once
#include "zonda_activation.h"
#include "zonda_arguments.h"

enum {
    ZONDA_LINEAR_PARTS = 4,
    ZONDA_LINEAR_WARPS = 8,  ///< of a block of `linear_few`
};

typedef enum zonda_norm_kind { ZONDA_NORM_NONE, ZONDA_NORM_RMS, ZONDA_NORM_LAYER } zonda_norm_kind;

typedef enum zonda_combine_kind {
    ZONDA_COMBINE_CONCATENATE,  ///< each part to its own columns of the output
    ZONDA_COMBINE_GATED,        ///< activation(part 0) * part 1; both have as many rows and one layout each
    ZONDA_COMBINE_ACTIVATION,   ///< activation(part)
} zonda_combine_kind;

/// The input of a product and what is done to it first; prepare_rows alone, or the first thing in a block of linear_few.
typedef struct zonda_row_arguments {
    ZONDA_ADDRESS(const float) input;        ///< [rows, columns], rows input_stride apart
    ZONDA_ADDRESS(const float) norm_weight;  ///< [columns]
    ZONDA_ADDRESS(const float) norm_bias;    ///< [columns] or 0
    ZONDA_ADDRESS(const int32_t) row_count;  ///< how many of `rows` there are; 0: all
    int64_t input_stride;
    int32_t norm;  ///< zonda_norm_kind
    float epsilon;
    int32_t rows;
    int32_t columns;
} zonda_row_arguments;

/// Rows as products read them: 16-bit values in `term_count` planes of [rows][zonda_gpu_activation_stride], sums of 16
/// values [rows][zonda_gpu_sum_stride], and what undoes the scale of a row.
typedef struct zonda_prepared_rows {
    ZONDA_ADDRESS(uint16_t) values;
    ZONDA_ADDRESS(float) sums;
    ZONDA_ADDRESS(float) scales;  ///< [rows]
    int64_t plane_stride;         ///< elements from the first term's plane to the second's: a multiple of 8
} zonda_prepared_rows;

typedef struct zonda_prepare_arguments {
    zonda_row_arguments rows;
    zonda_prepared_rows output;
} zonda_prepare_arguments;

typedef struct zonda_linear_part {
    ZONDA_ADDRESS(const uint8_t) weight;
    ZONDA_ADDRESS(const float) bias;  ///< [rows] or 0
    int32_t rows;                     ///< output features
    int32_t first_tile;               ///< the sum of tiles (rows / 16, rounded up) of the parts before
    int32_t output_column;
    int32_t layout;                   ///< 0 or 1: which of the kernel's two layouts
} zonda_linear_part;

/// y_p = softcap(scale (norm(input) · W_pᵀ + bias_p)), then combine, then output = residual + residual_scale * result.
typedef struct zonda_linear_arguments {
    zonda_row_arguments rows;
    zonda_prepared_rows prepared;      ///< by prepare_rows; unused where a block prepares its own
    zonda_linear_part parts[ZONDA_LINEAR_PARTS];
    ZONDA_ADDRESS(const float) residual;  ///< or 0; may be the output
    ZONDA_ADDRESS(float) output;
    int64_t residual_stride;
    int64_t output_stride;
    int32_t part_count;
    int32_t combine;     ///< zonda_combine_kind
    int32_t activation;  ///< zonda_activation_kind
    float scale;
    float softcap;       ///< 0: none
    float residual_scale;
} zonda_linear_arguments;
