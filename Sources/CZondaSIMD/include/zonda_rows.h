// Operations on rows by themselves. A row's result depends on that row only, bit for bit on one instruction set, so a
// caller may cut the rows into any pieces. Sums have one order: 32 partial sums, element i in sum i mod 32, then halves
// are added until one is left.
//
// Rows are float32, `stride` floats apart. An output may be the input itself, but must not overlap it otherwise.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct zonda_rows {
    float *_Nonnull values;
    size_t stride;
} zonda_rows;

typedef struct zonda_const_rows {
    const float *_Nonnull values;
    size_t stride;
} zonda_const_rows;

typedef enum : int32_t {
    ZONDA_NORM_RMS,    ///< x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019)
    ZONDA_NORM_LAYER,  ///< (x - mean) / sqrt(var + ε) · w (Ba et al. 2016)
} zonda_norm_kind;

/// A norm over each run of `size` values: a whole row, or each head of a row.
typedef struct zonda_norm {
    const float *_Nullable weight;  ///< [size]; any offset (Gemma's 1 + w) already added; null for ones
    const float *_Nullable bias;    ///< [size], or null
    float epsilon;
    int32_t size;
    zonda_norm_kind kind;
} zonda_norm;

typedef enum : int32_t { ZONDA_ROPE_HALVES, ZONDA_ROPE_INTERLEAVED } zonda_rope_style;

/// Rotary positions (Su et al. 2021): pair (a, b) becomes (a cos - b sin, b cos + a sin).
typedef struct zonda_rope {
    /// One table per variant, [positions][rotary_size]: rotary_size / 2 cosines, then as many sines.
    const float *_Nonnull const *_Nonnull tables;
    const int32_t *_Nonnull positions;  ///< [rows]
    const int32_t *_Nonnull variants;   ///< [rows], which table
    int32_t head_size, rotary_size;     ///< values of a head beyond `rotary_size` stay
    zonda_rope_style style;             ///< pairs (i, i + rotary_size / 2), or (2i, 2i + 1)
} zonda_rope;

typedef enum : int32_t {
    ZONDA_SILU,          ///< x / (1 + e^-x)
    ZONDA_GELU_TANH,     ///< x / (1 + e^(-2u)), u = √(2/π) (x + 0.044715 x³), which is 0.5 x (1 + tanh u)
    ZONDA_GELU,          ///< 0.5 x (1 + erf(x / √2))
    ZONDA_RELU,          ///< max(x, 0)
    ZONDA_RELU_SQUARED,  ///< max(x, 0)²
} zonda_activation;

typedef struct zonda_rows_kernels {
    /// out = norm(x), over all runs of `norm->size` in `columns` (a multiple of it).
    void (*_Nonnull norm)(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns,
                          const zonda_norm *_Nonnull norm);
    /// Turns rows [first, first + rows) of `x` in place; `columns` is a multiple of `head_size`. The tables' row numbers
    /// are not checked.
    void (*_Nonnull rope)(zonda_rows x, int32_t first, int32_t rows, int32_t columns, const zonda_rope *_Nonnull rope);
    /// out = kind(x).
    void (*_Nonnull activate)(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns, zonda_activation kind);
    /// out = kind(gate) * up.
    void (*_Nonnull gate)(zonda_const_rows gate, zonda_const_rows up, zonda_rows out, int32_t rows, int32_t columns,
                          zonda_activation kind);
    /// out = a + scale * b, rounded once.
    void (*_Nonnull add)(zonda_const_rows a, zonda_const_rows b, zonda_rows out, int32_t rows, int32_t columns,
                         float scale);
    /// out = scale * x.
    void (*_Nonnull scale)(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns, float scale);
    /// out = cap * tanh(x / cap).
    void (*_Nonnull soft_cap)(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns, float cap);
    /// Softmax over `experts` router logits, then the `top` largest of each row, largest first, ties to the lower id, NaN
    /// last: ids and weights are [rows][top]. `renormalize` divides the weights by their sum. 1 <= top <= experts.
    void (*_Nonnull route)(zonda_const_rows logits, int32_t rows, int32_t experts, int32_t top, bool renormalize,
                           int32_t *_Nonnull ids, float *_Nonnull weights);
    /// out[r] = base[r] + scale * Σ_i weights[r * top + i] * x[index[r * top + i]], in the order of i; a null base is 0.
    void (*_Nonnull mix)(zonda_const_rows x, const int32_t *_Nonnull index, const float *_Nonnull weights, int32_t top,
                         const zonda_const_rows *_Nullable base, float scale, zonda_rows out, int32_t rows,
                         int32_t columns);
    /// To nearest, ties to even; too large is inf, NaN stays NaN. `stride` in elements.
    void (*_Nonnull to_f16)(zonda_const_rows x, uint16_t *_Nonnull out, size_t stride, int32_t rows, int32_t columns);
    void (*_Nonnull to_bf16)(zonda_const_rows x, uint16_t *_Nonnull out, size_t stride, int32_t rows, int32_t columns);
    void (*_Nonnull from_f16)(const uint16_t *_Nonnull x, size_t stride, zonda_rows out, int32_t rows, int32_t columns);
    void (*_Nonnull from_bf16)(const uint16_t *_Nonnull x, size_t stride, zonda_rows out, int32_t rows, int32_t columns);
    /// The column of the largest value; ties to the lower one, NaN never wins (0 if all are NaN).
    void (*_Nonnull argmax)(zonda_const_rows x, int32_t rows, int32_t columns, int32_t *_Nonnull out);
    /// log Σ e^x of each row; NaN if a value is NaN.
    void (*_Nonnull log_sum_exp)(zonda_const_rows x, int32_t rows, int32_t columns, float *_Nonnull out);
} zonda_rows_kernels;
