// Arguments of the kernels that work row by row: norm, combine, gather, convert, copy, fill.
//
// Strides are in elements of their array. A launch has a bucket's rows; rows beyond a step's own are computed too, on
// whatever the memory holds: it must be there, and no real row sees it.
#pragma once
#include "zonda_activation.h"
#include "zonda_arguments.h"

/// What `combine` does with a and b.
enum {
    zonda_combine_add,         // a + scale * b
    zonda_combine_gated,       // activation(a) * b
    zonda_combine_activation,  // activation(a); b is not read, but must be an address
};

/// RMSNorm or LayerNorm of segments of `width` values; a row has `segments` of them side by side.
typedef struct zonda_norm_arguments {
    ZONDA_ADDRESS(const float) input;
    ZONDA_ADDRESS(uint8_t) output;  // of the kernel's Output type; may be the input when that is float
    ZONDA_ADDRESS(const float) weight;  // [width]
    ZONDA_ADDRESS(const float) bias;    // [width], or 0
    int64_t input_stride;
    int64_t output_stride;
    int32_t width;
    int32_t segments;
    int32_t rows;       // of the launch
    int32_t is_layer;   // 1: the mean is subtracted (LayerNorm)
    float epsilon;
} zonda_norm_arguments;

typedef struct zonda_combine_arguments {
    ZONDA_ADDRESS(const float) a;
    ZONDA_ADDRESS(const float) b;
    ZONDA_ADDRESS(uint8_t) output;  // of the kernel's Output type; may be a or b when that is float
    ZONDA_ADDRESS(const float) weight;  // of the norm of b: [width]; read by combine_normed only
    ZONDA_ADDRESS(const float) bias;    // [width], or 0
    int64_t a_stride;
    int64_t b_stride;
    int64_t output_stride;
    int32_t width;
    int32_t operation;   // zonda_combine_...
    int32_t activation;  // zonda_activation_kind
    int32_t is_layer;
    float epsilon;
    float scale;
} zonda_combine_arguments;

/// output[i] = input[indices[i]]; with no indices (0) output[i] = input[i]. From float to the kernel's Output type.
typedef struct zonda_gather_arguments {
    ZONDA_ADDRESS(const float) input;
    ZONDA_ADDRESS(const int32_t) indices;
    ZONDA_ADDRESS(uint8_t) output;
    int64_t input_stride;
    int64_t output_stride;
    int32_t width;
} zonda_gather_arguments;

/// Copies `words` words of 16 or 4 bytes (the kernel's Word), or fills them with `value`.
typedef struct zonda_copy_arguments {
    ZONDA_ADDRESS(const uint8_t) source;
    ZONDA_ADDRESS(uint8_t) destination;
    int64_t words;
    uint32_t value;
} zonda_copy_arguments;

/// tokens[i] = given[i], or the last sample of slots[i] where that is -1 (StepInputs.lastSample).
typedef struct zonda_resolve_arguments {
    ZONDA_ADDRESS(const int32_t) given;         // [rows]
    ZONDA_ADDRESS(const int32_t) slots;         // [rows]
    ZONDA_ADDRESS(const int32_t) last_samples;  // [slot count]
    ZONDA_ADDRESS(int32_t) tokens;              // [rows]
    int32_t rows;
} zonda_resolve_arguments;
