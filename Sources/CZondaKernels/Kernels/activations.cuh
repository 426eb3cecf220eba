// The rows that products read: normalized, scaled, and rounded to two bytes.
//
// Quantized and f16 weights multiply with f16. A row is scaled by a power of two that brings its root mean square into
// [4, 8): no value can then reach 65504 (it would take 10^7 columns), and values down to 2^-16 of the mean keep all 11
// bits; the product is scaled back, exactly. bf16 and f32 weights multiply with bf16 in two terms, 16 bits together.
// Values of each 32 columns lie in the order of fragments (weight_planes.cuh): lane t's eight are 16 contiguous bytes.
// Sums of 16 values serve weights with minima. They are of the rounded values: then what rounding does to a weight's
// scale and to its minimum cancels.
//
// A block of 256 threads makes one row at a time, thread i taking columns 4 i + 1024 j: one order of additions whoever
// calls, so that a row's result does not depend on its company.
#pragma once
#include "weight_planes.cuh"
#include "zonda_linear_kernels.h"

constexpr int rowThreads = 256;

/// The element of a row's 32-column group that holds column c.
DEVICE constexpr int place_of(int c) { return c / 32 * 32 + c % 16 / 4 * 8 + c % 32 / 16 * 4 + c % 4; }

/// Elements from row to row: as zonda_gpu_activation_stride and zonda_gpu_sum_stride say.
DEVICE constexpr int activation_stride(int columns) { return (divide_up(columns, 32) | 1) * 32; }
DEVICE constexpr int sum_stride(int columns) { return divide_up(columns, 32) * 2 + 4; }

/// Sums over the block, the same in every thread. `scratch` has 8 * count floats that nobody else uses meanwhile.
template <int count> DEVICE void block_sums(float (&x)[count], Shared<float> scratch) {
#pragma unroll
    for (int i = 0; i < count; i++) {
        x[i] = warp_sum(x[i]);
        if (lane_id() == 0) scratch[threadIdx.x / 32 * count + i] = x[i];
    }
    sync_threads();
#pragma unroll
    for (int i = 0; i < count; i++) {
        float sum = 0;
        for (int warp = 0; warp < 8; warp++) sum += scratch[warp * count + i];
        x[i] = sum;
    }
    sync_threads();
}

/// What turns x into (x - mean) * factor * weight + bias, and the mean square of the result (at most twice too large).
struct RowNorm {
    float mean, factor, meanSquare;
};

DEVICE float norm_weight(const zonda_row_arguments &args, int column) {
    return args.norm == ZONDA_NORM_NONE ? 1.0f : float(Global<const float>(args.norm_weight)[column]);
}
DEVICE float norm_bias(const zonda_row_arguments &args, int column) {
    return args.norm == ZONDA_NORM_LAYER && args.norm_bias ? float(Global<const float>(args.norm_bias)[column]) : 0.0f;
}

DEVICE RowNorm norm_of(const zonda_row_arguments &args, Global<const float> x, Shared<float> scratch) {
    RowNorm norm = {0, 1, 0};
    const float count = float(args.columns);
    if (args.norm == ZONDA_NORM_LAYER) {
        float sum[1] = {};
        for (int base = 4 * threadIdx.x; base < args.columns; base += 4 * rowThreads) {
            for (int c = base; c < min_of(base + 4, args.columns); c++) sum[0] += x[c];
        }
        block_sums(sum, scratch);
        norm.mean = div_rn(sum[0], count);
    }
    float squares[3] = {};  // of x - mean, of that times the weight, of the bias
    for (int base = 4 * threadIdx.x; base < args.columns; base += 4 * rowThreads) {
        for (int c = base; c < min_of(base + 4, args.columns); c++) {
            float value = float(x[c]) - norm.mean, weighted = value * norm_weight(args, c), bias = norm_bias(args, c);
            squares[0] = fma_rn(value, value, squares[0]);
            squares[1] = fma_rn(weighted, weighted, squares[1]);
            squares[2] = fma_rn(bias, bias, squares[2]);
        }
    }
    block_sums(squares, scratch);
    if (args.norm != ZONDA_NORM_NONE) norm.factor = div_rn(1.0f, sqrt_rn(div_rn(squares[0], count) + args.epsilon));
    norm.meanSquare = div_rn(norm.factor * norm.factor * squares[1], count);
    if (args.norm == ZONDA_NORM_LAYER) norm.meanSquare = 2 * (norm.meanSquare + div_rn(squares[2], count));
    return norm;
}

/// A power of two that brings the root of `meanSquare` into [4, 8); 1 when it is 0 or out of all proportion.
DEVICE float power_scale(float meanSquare) {
    int exponent = int(bits_of(sqrt_rn(meanSquare)) >> 23) - 127;
    bool usable = exponent > -120 && exponent < 120;
    return usable ? float_of_bits(uint32_t(127 + 2 - exponent) << 23) : 1.0f;
}

/// Where rows go: views of shared or of global memory.
template <Space space> struct RowStore {
    View<uint16_t, space> values;
    View<float, space> sums;
    View<float, space> scales;
    int64_t planeStride;
};

/// Prepares row `row` of the input as row `index` of the store. All 256 threads.
template <typename Term, int terms, Space space>
DEVICE void prepare_row(
    const zonda_row_arguments &args, int row, int index, const RowStore<space> &to, Shared<float> scratch) {
    constexpr bool half = sizeof(Term) == 2 && terms == 1 && SameType<Term, f16>::value;
    Global<const float> x = Global<const float>(args.input) + row * args.input_stride;
    RowNorm norm = norm_of(args, x, scratch);
    const float scale = half ? power_scale(norm.meanSquare) : 1.0f;
    if (threadIdx.x == 0) to.scales[index] = div_rn(1.0f, scale);

    const int padded = divide_up(args.columns, 32) * 32;
    View<uint16_t, space> values = to.values + index * int64_t(activation_stride(args.columns));
    View<float, space> sums = to.sums + index * int64_t(sum_stride(args.columns));
    for (int start = 0; start < padded; start += 4 * rowThreads) {  // whole warps: four lanes share a sum
        const int base = start + 4 * threadIdx.x;
        float y[4] = {};
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int c = base + i;
            if (c < args.columns) {
                float value = (float(x[c]) - norm.mean) * norm.factor;
                y[i] = fma_rn(value, norm_weight(args, c), norm_bias(args, c)) * scale;
            }
        }
        float rounded[4], sum = 0;
        uint2 packed[2];
#pragma unroll
        for (int term = 0; term < terms; term++) {
            packed[term] = half ? make_uint2(pack_f16(y[0], y[1]), pack_f16(y[2], y[3]))
                                : make_uint2(pack_bf16(y[0], y[1]), pack_bf16(y[2], y[3]));
            float2 first = half ? unpack_f16(packed[term].x) : unpack_bf16(packed[term].x);
            float2 second = half ? unpack_f16(packed[term].y) : unpack_bf16(packed[term].y);
            rounded[0] = first.x, rounded[1] = first.y, rounded[2] = second.x, rounded[3] = second.y;
#pragma unroll
            for (int i = 0; i < 4; i++) {
                sum += rounded[i];
                y[i] -= rounded[i];
            }
        }
        sum += shuffle_xor(sum, 1);
        sum += shuffle_xor(sum, 2);
        if (base >= padded) continue;
#pragma unroll
        for (int term = 0; term < terms; term++) as<uint2>(values + term * to.planeStride + place_of(base))[0] = packed[term];
        if (threadIdx.x % 4 == 0) sums[base / 16] = sum;
    }
}
