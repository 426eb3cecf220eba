// Rows of a packed weight of any layout: output[r] = scale * weight[tokens[r]].   [rows] i32 -> [rows, columns] f32
//
// Eight tokens a warp, one for each group of four lanes, so that a lane reads a row's fields as it would for a product;
// warps share the units of a row. Exact: scale * (d s q - dmin m) with the rounding of the reference.
//   grid (rows / 8, units of a tile / 4), 128 threads, no shared memory.
#include "weights.cuh"
#include "zonda_pack.h"

template <typename W> __global__ void __launch_bounds__(128)
embed(const __grid_constant__ zonda_embed_arguments args) {
    const int lane = lane_id(), t = lane % 4, units = divide_up(args.columns, W::columns);
    const int unit = blockIdx.y * 4 + threadIdx.x / 32, row = blockIdx.x * 8 + lane / 4;
    wait_for_previous();  // tokens may be what the last step sampled
    launch_next();
    int rows = args.rows;
    if (args.row_count) rows = min_of(rows, int32_t(Global<const int32_t>(args.row_count)[0]));
    if (unit >= units || row >= rows) return;

    const int32_t token = Global<const int32_t>(args.tokens)[row];
    const bool known = token >= 0 && token < args.vocabulary;
    const int line = known ? token : 0;
    const int source = line % 8 * 4 + t;  // the lane that would hold this row in a product
    const bool second = line % 16 >= 8;
    Bytes<Space::global> packed =
        Global<const uint8_t>(args.weight) + (int64_t(line / 16) * units + unit) * W::bytes;
    Global<float> out = Global<float>(args.output) + row * args.output_stride;
    typename W::Head head = W::head(packed, source);
#pragma unroll
    for (int group = 0; group < W::columns / 32; group++) {
        float v[2][8];
        lane_values<W>(packed, head, group, source, v);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            const int column = unit * W::columns + 32 * group + column_of(t, i);
            float value = second ? v[1][i] : v[0][i];
            if (column < args.columns) out[column] = known ? mul_rn(args.scale, value) : 0.0f;
        }
    }
}

// instantiate: embed<F32>
// instantiate: embed<F16>
// instantiate: embed<BF16>
// instantiate: embed<Q4_0>
// instantiate: embed<Q4_1>
// instantiate: embed<Q5_0>
// instantiate: embed<Q5_1>
// instantiate: embed<Q8_0>
// instantiate: embed<IQ4_NL>
// instantiate: embed<IQ4_XS>
// instantiate: embed<MXFP4>
// instantiate: embed<NVFP4>
// instantiate: embed<Q2_K>
// instantiate: embed<Q3_K>
// instantiate: embed<Q4_K>
// instantiate: embed<Q5_K>
// instantiate: embed<Q6_K>
// instantiate: embed<X8>
