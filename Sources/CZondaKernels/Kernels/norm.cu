// output[r][s] = norm(input[r][s]) · weight + bias for every segment s of row r: the whole row, or its heads.
//   input [rows, segments * width] f32; weight, bias [width] f32; output the same shape, in f32, bf16 or f16
//
// norm_rows: a block per segment, its values in registers; grid (segments, rows).
//   Block: whole warps, at least ceil(width / (pack * items)) threads, at most 512 for items 2, else 1024; so width is
//   at most 4096, 32768 and 16384 for the three <pack, items>. The block size is a function of the width alone.
// norm_heads: a warp per segment, for widths up to 1024, or 512 for pack 1; block 256, grid ceil(rows * segments / 8);
//   no shared memory.
// pack 4 wants width and strides that are multiples of 4 and addresses of 16 bytes (8 for 16-bit output); pack 1 none.
// Shared memory of norm_rows: 256 bytes.
// Instantiations for the compile test:
// instantiate: norm_rows<float, 4, 2>
// instantiate: norm_rows<float, 4, 8>
// instantiate: norm_rows<float, 1, 16>
// instantiate: norm_rows<bf16, 4, 2>
// instantiate: norm_rows<bf16, 4, 8>
// instantiate: norm_rows<bf16, 1, 16>
// instantiate: norm_rows<f16, 4, 2>
// instantiate: norm_rows<f16, 4, 8>
// instantiate: norm_rows<f16, 1, 16>
// instantiate: norm_heads<4>
// instantiate: norm_heads<1>
#include "zonda.cuh"
#include "zonda_row_kernels.h"
#include "normalization.cuh"

template <typename Output, int pack, int items>
__global__ void __launch_bounds__(items == 2 ? 512 : 1024)
norm_rows(const __grid_constant__ zonda_norm_arguments args) {
    SharedArena arena;
    Shared<float> partial = arena.array<float>(64);
    const int thread = threadIdx.x, stride = blockDim.x, packs = args.width / pack;
    const int64_t segment = int64_t(blockIdx.x) * args.width;
    Global<const float> input = Global<const float>(args.input) + (blockIdx.y * args.input_stride + segment);
    Global<Output> output = as<Output>(Global<uint8_t>(args.output)) + (blockIdx.y * args.output_stride + segment);
    Global<const float> weight = args.weight, bias = args.bias;

    // Weights are nobody's output. For short rows they come while the kernel before still runs.
    RowPart<pack, items> part, weights;
    if constexpr (items == 2) weights.load(weight, packs, thread, stride);
    wait_for_previous();
    launch_next();
    part.load(input, packs, thread, stride);
    RowScale scale = row_scale(
        part, args.width, packs, thread, stride, args.is_layer, args.epsilon,
        [=](float x, int call) { return block_sum(x, partial + call * 32); });
#pragma unroll
    for (int i = 0; i < items; i++) {
        int at = (i * stride + thread) * pack;
        if (at >= args.width) break;
        if constexpr (items != 2) load_values(weight + at, weights.x[0]);
        float b[pack] = {};
        if (bias) load_values(bias + at, b);
#pragma unroll
        for (int j = 0; j < pack; j++) {
            part.x[i][j] = fma_rn(scale(part.x[i][j]), weights.x[items == 2 ? i : 0][j], b[j]);
        }
        store_values(output + at, part.x[i]);
    }
}

template <int pack>
__global__ void __launch_bounds__(256, 1) norm_heads(const __grid_constant__ zonda_norm_arguments args) {
    constexpr int items = pack == 4 ? 8 : 16;
    const int lane = lane_id(), packs = args.width / pack;
    const int index = blockIdx.x * 8 + threadIdx.x / 32;
    wait_for_previous();
    launch_next();
    if (index >= args.rows * args.segments) return;
    const int64_t row = index / args.segments, segment = int64_t(index % args.segments) * args.width;
    Global<const float> input = Global<const float>(args.input) + (row * args.input_stride + segment);
    Global<float> output = as<float>(Global<uint8_t>(args.output)) + (row * args.output_stride + segment);
    Global<const float> weight = args.weight, bias = args.bias;

    RowPart<pack, items> part;
    part.load(input, packs, lane, 32);
    RowScale scale = row_scale(
        part, args.width, packs, lane, 32, args.is_layer, args.epsilon, [](float x, int) { return warp_sum(x); });
#pragma unroll
    for (int i = 0; i < items; i++) {
        int at = (i * 32 + lane) * pack;
        if (at >= args.width) break;
        float w[pack], b[pack] = {};
        load_values(weight + at, w);
        if (bias) load_values(bias + at, b);
#pragma unroll
        for (int j = 0; j < pack; j++) part.x[i][j] = fma_rn(scale(part.x[i][j]), w[j], b[j]);
        store_values(output + at, part.x[i]);
    }
}
