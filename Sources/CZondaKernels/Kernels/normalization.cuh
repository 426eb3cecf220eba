// A row that a block or a warp holds in registers, and its normalization.
//
// RMSNorm: x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019). LayerNorm: (x - mean) / sqrt(var + ε) · w + b (Ba et
// al. 2016), the variance from deviations, in a second pass over the registers. Sums in f32, in a fixed order that
// depends on the row's width only; relative error of the factor below 2^-20 for widths to 32768.
#pragma once
#include "row_access.cuh"

/// Values i * stride + thread of a row, counted in packs of `width`, for i below `items`.
template <int width, int items> struct RowPart {
    float x[items][width];

    DEVICE void load(Global<const float> row, int packs, int thread, int stride) {
#pragma unroll
        for (int i = 0; i < items; i++) {
            int pack = i * stride + thread;
            if (pack < packs) load_values(row + pack * width, x[i]);
        }
    }

    /// The sum of f(x) over this thread's values.
    template <typename Function> DEVICE float sum(int packs, int thread, int stride, Function f) const {
        float sum = 0;
#pragma unroll
        for (int i = 0; i < items; i++) {
            if (i * stride + thread >= packs) continue;
#pragma unroll
            for (int j = 0; j < width; j++) sum += f(x[i][j]);
        }
        return sum;
    }
};

/// What normalization takes off a row's values and multiplies them with.
struct RowScale {
    float mean, factor;
    DEVICE float operator()(float x) const { return (x - mean) * factor; }
};

/// `reduce(x, call)` sums over whoever shares the row; `call` is 0 or 1.
template <typename Part, typename Reduce>
DEVICE RowScale row_scale(
    const Part &part, int count, int packs, int thread, int stride, bool isLayer, float epsilon, Reduce reduce) {
    float mean = 0;
    if (isLayer) {
        mean = div_rn(reduce(part.sum(packs, thread, stride, [](float x) { return x; }), 0), float(count));
    }
    float squares = reduce(part.sum(packs, thread, stride, [=](float x) { return (x - mean) * (x - mean); }), 1);
    float variance = div_rn(squares, float(count));
    return {mean, div_rn(1.0f, sqrt_rn(variance + epsilon))};
}
