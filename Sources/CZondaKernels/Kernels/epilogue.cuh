// What happens to a product before it is stored.
#pragma once
#include "activations.cuh"

DEVICE float sigmoid(float x) { return div_rn(1.0f, 1.0f + exp_approx(-x)); }

/// tanh by one exponential; 1 - 2 / (e^2x + 1) keeps its sign's symmetry and its limits.
DEVICE float tanh_of(float x) {
    float magnitude = 1.0f - div_rn(2.0f, exp_approx(2.0f * (x < 0 ? -x : x)) + 1.0f);
    // For small x the subtraction loses what a short series keeps.
    float square = x * x;
    if (square < 0.01f) return x * (1.0f + square * (-1.0f / 3 + square * (2.0f / 15 - square * (17.0f / 315))));
    return x < 0 ? -magnitude : magnitude;
}

/// erf within 1.5e-7 (Abramowitz and Stegun 7.1.26).
DEVICE float erf_of(float x) {
    float z = x < 0 ? -x : x, t = div_rn(1.0f, fma_rn(0.3275911f, z, 1.0f));
    float poly = fma_rn(1.061405429f, t, -1.453152027f);
    poly = fma_rn(poly, t, 1.421413741f);
    poly = fma_rn(poly, t, -0.284496736f);
    poly = fma_rn(poly, t, 0.254829592f);
    float y = 1.0f - poly * t * exp_approx(-z * z);
    return x < 0 ? -y : y;
}

DEVICE float activate(int activation, float x) {
    switch (activation) {
    case ZONDA_ACTIVATION_SILU: return x * sigmoid(x);
    case ZONDA_ACTIVATION_GELU_TANH:
        return 0.5f * x * (1.0f + tanh_of(0.7978845608028654f * (x + 0.044715f * x * x * x)));
    case ZONDA_ACTIVATION_GELU: return 0.5f * x * (1.0f + erf_of(x * 0.7071067811865475f));
    case ZONDA_ACTIVATION_RELU: return x > 0 ? x : 0.0f;
    default: return x > 0 ? x * x : 0.0f;
    }
}

/// scale (sum + bias), capped. `undo` is what undoes the scale of the row of activations.
DEVICE float finish_sum(const zonda_linear_arguments &args, const zonda_linear_part &part, int n, float sum, float undo) {
    float value = sum * undo;
    if (part.bias) value += float(Global<const float>(part.bias)[n]);
    value *= args.scale;
    if (args.softcap != 0) value = args.softcap * tanh_of(div_rn(value, args.softcap));
    return value;
}

/// Stores result n of a part in row `row`, after the residual.
DEVICE void store_result(
    const zonda_linear_arguments &args, const zonda_linear_part &part, int row, int n, float value) {
    const int column = part.output_column + n;
    if (args.residual) {
        float before = Global<const float>(args.residual)[row * args.residual_stride + column];
        value = fma_rn(args.residual_scale, value, before);
    }
    Global<float>(args.output)[row * args.output_stride + column] = value;
}
