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

/// Columns column ... column + 3 of a row of `columns`; zeros beyond. Rows begin at multiples of 16 bytes.
DEVICE float4 load_four(Global<const float> x, int column, int columns) {
    if (column + 3 < columns) return as<const float4>(x + column)[0];
    float v[3] = {};
#pragma unroll
    for (int i = 0; i < 3; i++) {
        if (column + i < columns) v[i] = x[column + i];
    }
    return make_float4(v[0], v[1], v[2], 0);
}

/// A thread's columns of a row, four at a time in ascending order, with the norm's weights and biases; zeros beyond the
/// last column. The whole block goes through the same number of visits; four are loaded at once to wait once for them.
template <typename Visit>
DEVICE void visit_row(const zonda_row_arguments &args, Global<const float> x, int end, Visit visit) {
    const bool hasWeight = args.norm != ZONDA_NORM_NONE, hasBias = args.norm == ZONDA_NORM_LAYER && args.norm_bias;
    for (int start = 0; start < end; start += 16 * rowThreads) {
        const int first = start + 4 * threadIdx.x;
        float4 v[4], w[4], b[4];
#pragma unroll
        for (int j = 0; j < 4; j++) {
            const int column = first + 4 * rowThreads * j;
            v[j] = load_four(x, column, args.columns);
            w[j] = hasWeight ? load_four(Global<const float>(args.norm_weight), column, args.columns)
                             : make_float4(1, 1, 1, 1);
            b[j] = hasBias ? load_four(Global<const float>(args.norm_bias), column, args.columns)
                           : make_float4(0, 0, 0, 0);
        }
#pragma unroll
        for (int j = 0; j < 4; j++) {
            if (start + 4 * rowThreads * j >= end) break;
            const float value[4] = {v[j].x, v[j].y, v[j].z, v[j].w}, weight[4] = {w[j].x, w[j].y, w[j].z, w[j].w};
            const float bias[4] = {b[j].x, b[j].y, b[j].z, b[j].w};
            visit(first + 4 * rowThreads * j, value, weight, bias);
        }
    }
}

DEVICE RowNorm norm_of(const zonda_row_arguments &args, Global<const float> x, Shared<float> scratch) {
    RowNorm norm = {0, 1, 0};
    const float count = float(args.columns);
    using Four = const float(&)[4];
    if (args.norm == ZONDA_NORM_LAYER) {
        float sum[1] = {};
        visit_row(args, x, args.columns, [&](int, Four value, Four, Four) {
            for (int i = 0; i < 4; i++) sum[0] += value[i];
        });
        block_sums(sum, scratch);
        norm.mean = div_rn(sum[0], count);
    }
    float squares[3] = {};  // of x - mean, of that times the weight, of the bias
    visit_row(args, x, args.columns, [&](int column, Four value, Four weight, Four bias) {
        for (int i = 0; i < 4; i++) {
            if (column + i >= args.columns) continue;
            float centered = value[i] - norm.mean, weighted = centered * weight[i];
            squares[0] = fma_rn(centered, centered, squares[0]);
            squares[1] = fma_rn(weighted, weighted, squares[1]);
            squares[2] = fma_rn(bias[i], bias[i], squares[2]);
        }
    });
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

template <typename T> constexpr bool isHalf = false;
template <> constexpr bool isHalf<f16> = true;

/// Two values as bits of Term, and back.
template <typename Term> DEVICE uint32_t pack_pair(float low, float high) {
    return isHalf<Term> ? pack_f16(low, high) : pack_bf16(low, high);
}
template <typename Term> DEVICE float2 unpack_pair(uint32_t pair) {
    return isHalf<Term> ? unpack_f16(pair) : unpack_bf16(pair);
}

/// Prepares row `row` of the input as row `index` of the store. All 256 threads.
template <typename Term, int terms, Space space>
DEVICE void prepare_row(
    const zonda_row_arguments &args, int row, int index, const RowStore<space> &to, Shared<float> scratch) {
    Global<const float> x = Global<const float>(args.input) + row * args.input_stride;
    const RowNorm norm = norm_of(args, x, scratch);
    const float scale = isHalf<Term> ? power_scale(norm.meanSquare) : 1.0f;
    if (threadIdx.x == 0) to.scales[index] = div_rn(1.0f, scale);

    const int padded = divide_up(args.columns, 32) * 32;
    View<uint16_t, space> values = to.values + index * int64_t(activation_stride(args.columns));
    View<float, space> sums = to.sums + index * int64_t(sum_stride(args.columns));
    using Four = const float(&)[4];
    visit_row(args, x, padded, [&](int column, Four value, Four weight, Four bias) {
        float y[4], sum = 0;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            float normed = fma_rn((value[i] - norm.mean) * norm.factor, weight[i], bias[i]) * scale;
            y[i] = column + i < args.columns ? normed : 0.0f;
        }
#pragma unroll
        for (int term = 0; term < terms; term++) {
            uint2 packed = make_uint2(pack_pair<Term>(y[0], y[1]), pack_pair<Term>(y[2], y[3]));
            float2 first = unpack_pair<Term>(packed.x), second = unpack_pair<Term>(packed.y);
            sum += (first.x + first.y) + (second.x + second.y);
            y[0] -= first.x, y[1] -= first.y, y[2] -= second.x, y[3] -= second.y;
            if (column < padded) as<uint2>(values + (term * to.planeStride + place_of(column)))[0] = packed;
        }
        sum += shuffle_xor(sum, 1);  // the four lanes of 16 columns
        sum += shuffle_xor(sum, 2);
        if (column < padded && threadIdx.x % 4 == 0) sums[column / 16] = sum;
    });
}

/// How many of the launch's rows there are.
DEVICE int true_rows(const zonda_row_arguments &args) {
    return args.row_count ? min_of(args.rows, int32_t(Global<const int32_t>(args.row_count)[0])) : args.rows;
}
