// A packed weight of any layout as row-major bf16, for cuBLASLt: [rows, columns], each value rounded once.
//
// A warp expands one unit of a tile; a group of four lanes writes 32 bytes of a row at a time. Bound by memory: reads the
// packed bytes, writes 2 bytes a weight.
//   grid (units of a tile / 4, tiles), 128 threads, no shared memory.
#include "weights.cuh"
#include "zonda_pack.h"

template <typename W> __global__ void __launch_bounds__(128)
expand(const __grid_constant__ zonda_expand_arguments args) {
    const int lane = lane_id(), g = lane / 4, t = lane % 4, units = divide_up(args.columns, W::columns);
    const int unit = blockIdx.x * 4 + threadIdx.x / 32;
    wait_for_previous();  // the product before may still read the output
    launch_next();
    if (unit >= units) return;
    const int64_t tile = args.first_row / 16 + blockIdx.y;
    Bytes<Space::global> packed = Global<const uint8_t>(args.weight) + (tile * units + unit) * W::bytes;
    Global<uint16_t> out = args.output;
    typename W::Head head = W::head(packed, lane);
#pragma unroll
    for (int group = 0; group < W::columns / 32; group++) {
        float v[2][8];
        lane_values<W>(packed, head, group, lane, v);
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int row = blockIdx.y * 16 + g + 8 * half;
            if (row >= args.rows) continue;
#pragma unroll
            for (int m = 0; m < 2; m++) {
                const int column = unit * W::columns + 32 * group + column_of(t, 4 * m);
                uint32_t first = pack_bf16(v[half][4 * m], v[half][4 * m + 1]);
                uint32_t second = pack_bf16(v[half][4 * m + 2], v[half][4 * m + 3]);
                Global<uint16_t> to = out + row * args.output_stride + column;
                if (column + 3 < args.columns && args.output_stride % 4 == 0) {
                    as<uint2>(to)[0] = make_uint2(first, second);
                    continue;
                }
                const uint16_t values[4] = {
                    uint16_t(first), uint16_t(first >> 16), uint16_t(second), uint16_t(second >> 16)};
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    if (column + i < args.columns) to[i] = values[i];
                }
            }
        }
    }
}

// instantiate: expand<F32>
// instantiate: expand<F16>
// instantiate: expand<BF16>
// instantiate: expand<Q4_0>
// instantiate: expand<Q4_1>
// instantiate: expand<Q5_0>
// instantiate: expand<Q5_1>
// instantiate: expand<Q8_0>
// instantiate: expand<IQ4_NL>
// instantiate: expand<IQ4_XS>
// instantiate: expand<MXFP4>
// instantiate: expand<NVFP4>
// instantiate: expand<Q2_K>
// instantiate: expand<Q3_K>
// instantiate: expand<Q4_K>
// instantiate: expand<Q5_K>
// instantiate: expand<Q6_K>
// instantiate: expand<X8>
