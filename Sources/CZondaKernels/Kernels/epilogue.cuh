// What happens to a product before it is stored.
#pragma once
#include "activation.cuh"
#include "prepared_rows.cuh"

/// tanh by one exponential; 1 - 2 / (e^2x + 1) keeps its sign's symmetry and its limits.
DEVICE float tanh_of(float x) {
    float magnitude = 1.0f - div_rn(2.0f, exp_approx(2.0f * (x < 0 ? -x : x)) + 1.0f);
    // For small x the subtraction loses what a short series keeps.
    float square = x * x;
    if (square < 0.01f) return x * (1.0f + square * (-1.0f / 3 + square * (2.0f / 15 - square * (17.0f / 315))));
    return x < 0 ? -magnitude : magnitude;
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
