// What a GPU can do at most, which shares of limits are of: streaming reads, and matrix products without memory.
//
// `read_all`: [pieces, 32 KiB] -> [threads] sums of words; blocks take pieces in turn, a thread has 8 loads of 16 bytes in
// flight. Any number of blocks; a few per multiprocessor fill the memory's queues.
// `multiply_all`: [threads] f32; a warp keeps 8 accumulators of m16n8k16 in flight and multiplies the same two fragments,
// of values in [1, 2) with random fractions, as an operand of ones would cost less power than a model's. `mma.sync`: on
// sm_90 some 60 % of what `wgmma` reaches.
// `delay`: one thread that counts cycles.
//   256 threads (delay: 1), no shared memory.
#include "zonda.cuh"
#include "zonda_measure_kernels.h"

// instantiate: read_all
// instantiate: multiply_all
// instantiate: delay
__global__ void __launch_bounds__(ZONDA_MEASURE_THREADS) read_all(const __grid_constant__ zonda_read_arguments args) {
    constexpr int loads = ZONDA_READ_PIECE_BYTES / (16 * ZONDA_MEASURE_THREADS);
    wait_for_previous();
    launch_next();
    uint32_t sum = 0;
    for (int64_t piece = blockIdx.x; piece < args.piece_count; piece += gridDim.x) {
        Global<const uint4> from =
            as<const uint4>(Global<const uint8_t>(args.input) + piece * ZONDA_READ_PIECE_BYTES) + threadIdx.x;
        uint4 v[loads];
#pragma unroll
        for (int i = 0; i < loads; i++) v[i] = load_streamed(from + i * ZONDA_MEASURE_THREADS);
#pragma unroll
        for (int i = 0; i < loads; i++) sum += v[i].x + v[i].y + v[i].z + v[i].w;
    }
    Global<uint32_t>(args.output)[blockIdx.x * ZONDA_MEASURE_THREADS + threadIdx.x] = sum;
}

/// Two f16 in [1, 2) with fractions that depend on `seed`.
DEVICE uint32_t lively_pair(uint32_t seed) { return 0x3C003C00u | ((seed * 0x9E3779B1u >> 5) & 0x03FF03FFu); }

__global__ void __launch_bounds__(ZONDA_MEASURE_THREADS)
multiply_all(const __grid_constant__ zonda_products_arguments args) {
    wait_for_previous();
    launch_next();
    const uint32_t lane = lane_id();
    uint32_t a[4], b[2];
#pragma unroll
    for (uint32_t i = 0; i < 4; i++) a[i] = lively_pair(lane * 6 + i + 1);
#pragma unroll
    for (uint32_t i = 0; i < 2; i++) b[i] = lively_pair(lane * 6 + i + 5);
    float c[ZONDA_PRODUCT_CHAINS][4] = {};
    for (int round = 0; round < args.rounds; round++) {
#pragma unroll
        for (int i = 0; i < ZONDA_PRODUCT_CHAINS; i++) mma_f16(c[i], a, b);
    }
    float sum = 0;
#pragma unroll
    for (int i = 0; i < ZONDA_PRODUCT_CHAINS; i++) sum += (c[i][0] + c[i][1]) + (c[i][2] + c[i][3]);
    Global<float>(args.output)[blockIdx.x * ZONDA_MEASURE_THREADS + threadIdx.x] = sum;
}

__global__ void delay(const __grid_constant__ zonda_delay_arguments args) {
    wait_for_previous();
    launch_next();
    const uint64_t start = cycles();
    while (cycles() - start < uint64_t(args.cycle_count)) {
    }
}
