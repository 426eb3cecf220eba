// Row by row: a + scale · b, activation(a) · b or activation(a); b may be normalized first.
//   a, b [rows, width] f32; output [rows, width] in f32, bf16 or f16; relative errors as in activation.cuh
//
// combine: grid (ceil(width / (256 * pack)), rows), block 256; no shared memory.
// combine_normed: b becomes norm(b) · weight + bias first (Gemma's norms after attention and MLP): a block per row,
//   grid rows, block as norm_rows, shared memory 256 bytes; f32 output. Width at most 4096, 32768, 8192.
// pack 4 wants width and strides that are multiples of 4 and addresses of 16 bytes (8 for 16-bit output); pack 1 none.
// instantiate: combine<float, 4>
// instantiate: combine<float, 1>
// instantiate: combine<bf16, 4>
// instantiate: combine<bf16, 1>
// instantiate: combine<f16, 4>
// instantiate: combine<f16, 1>
// instantiate: combine_normed<4, 2>
// instantiate: combine_normed<4, 8>
// instantiate: combine_normed<1, 8>
#include "zonda.cuh"
#include "zonda_row_kernels.h"
#include "activation.cuh"
#include "normalization.cuh"

template <int pack>
DEVICE void combine_values(const zonda_combine_arguments &args, float (&a)[pack], const float (&b)[pack]) {
#pragma unroll
    for (int j = 0; j < pack; j++) {
        // Not fused: a + scale * b as the reference rounds it.
        if (args.operation == zonda_combine_add) a[j] = add_rn(a[j], mul_rn(args.scale, b[j]));
        if (args.operation == zonda_combine_gated) a[j] = activate(a[j], args.activation) * b[j];
        if (args.operation == zonda_combine_activation) a[j] = activate(a[j], args.activation);
    }
}

template <typename Output, int pack>
__global__ void __launch_bounds__(256) combine(const __grid_constant__ zonda_combine_arguments args) {
    const int at = (blockIdx.x * 256 + threadIdx.x) * pack;
    wait_for_previous();
    launch_next();
    if (at >= args.width) return;
    float a[pack], b[pack] = {};
    load_values(Global<const float>(args.a) + (blockIdx.y * args.a_stride + at), a);
    if (args.operation != zonda_combine_activation) {
        load_values(Global<const float>(args.b) + (blockIdx.y * args.b_stride + at), b);
    }
    combine_values(args, a, b);
    store_values(as<Output>(Global<uint8_t>(args.output)) + (blockIdx.y * args.output_stride + at), a);
}

template <int pack, int items>
__global__ void __launch_bounds__(items == 2 ? 512 : 1024)
combine_normed(const __grid_constant__ zonda_combine_arguments args) {
    SharedArena arena;
    Shared<float> partial = arena.array<float>(64);
    const int thread = threadIdx.x, stride = blockDim.x, packs = args.width / pack;
    Global<const float> a = Global<const float>(args.a) + blockIdx.x * args.a_stride;
    Global<const float> b = Global<const float>(args.b) + blockIdx.x * args.b_stride;
    Global<float> output = as<float>(Global<uint8_t>(args.output)) + blockIdx.x * args.output_stride;
    Global<const float> weight = args.weight, bias = args.bias;

    wait_for_previous();
    launch_next();
    RowPart<pack, items> part;
    part.load(b, packs, thread, stride);
    RowScale scale = row_scale(
        part, args.width, packs, thread, stride, args.is_layer, args.epsilon,
        [=](float x, int call) { return block_sum(x, partial + call * 32); });
#pragma unroll
    for (int i = 0; i < items; i++) {
        int at = (i * stride + thread) * pack;
        if (at >= args.width) break;
        float w[pack], c[pack] = {}, x[pack];
        load_values(weight + at, w);
        if (bias) load_values(bias + at, c);
        load_values(a + at, x);
#pragma unroll
        for (int j = 0; j < pack; j++) part.x[i][j] = fma_rn(scale(part.x[i][j]), w[j], c[j]);
        combine_values(args, x, part.x[i]);
        store_values(output + at, x);
    }
}
