// Self tests of warp.cuh and tensor_cores.cuh: one warp.
// instantiate: selftest_shuffles
// instantiate: selftest_votes
// instantiate: selftest_divergence
// instantiate: selftest_matrix_loads
// instantiate: selftest_product<0>
// instantiate: selftest_product<1>
// instantiate: selftest_product<2>
// instantiate: selftest_product<3>
#include "zonda.cuh"
#include "zonda_selftest.h"

// [32] -> [32][10]
__global__ void selftest_shuffles(const zonda_selftest_arguments args) {
    const int lane = lane_id();
    uint32_t x = Global<const uint32_t>(args.input)[lane];
    Global<uint32_t> y = Global<uint32_t>(args.output) + lane * 10;
    y[0] = shuffle(x, lane * 5 + 3);
    y[1] = shuffle_xor(x, 9);
    y[2] = shuffle_up(x, 3);
    y[3] = shuffle_down(x, 5);
    y[4] = shuffle(x, lane + 1, allLanes, 8);
    y[5] = shuffle_xor(x, 12, allLanes, 8);
    y[6] = shuffle_up(x, 1, allLanes, 4);
    y[7] = shuffle_down(x, 2, allLanes, 16);
    uint64_t wide = shuffle_xor(uint64_t(x) << 32 | uint32_t(lane), 1);
    y[8] = uint32_t(wide >> 32);
    y[9] = uint32_t(wide);
}

// [32] -> [32][14]
__global__ void selftest_votes(const zonda_selftest_arguments args) {
    const int lane = lane_id();
    uint32_t x = Global<const uint32_t>(args.input)[lane];
    Global<uint32_t> y = Global<uint32_t>(args.output) + lane * 14;
    y[0] = ballot_lanes(x & 1);
    y[1] = any_lane(x == 0x12345);
    y[2] = any_lane(lane == 3);
    y[3] = all_lanes(lane < 32);
    y[4] = all_lanes(lane != 9);
    y[5] = uint32_t(reduce_add(int32_t(x)));
    y[6] = uint32_t(reduce_max(int32_t(x)));
    y[7] = uint32_t(reduce_min(int32_t(x)));
    y[8] = reduce_max(x);
    y[9] = reduce_min(x);
    y[10] = reduce_and(x);
    y[11] = reduce_or(x) ^ reduce_xor(x);
    y[12] = bits_of(warp_sum(float(lane)));
    y[13] = bits_of(warp_max(float(lane ^ 5)));
}

// Two halves take different ways, each with operations of its own, and meet again: [32] -> [32]
__global__ void selftest_divergence(const zonda_selftest_arguments args) {
    SharedArena arena;
    Shared<uint32_t> slot = arena.array<uint32_t>(32);
    const int lane = lane_id();
    uint32_t x = Global<const uint32_t>(args.input)[lane];
    if (lane < 16) {
        for (int i = 0; i < 3; i++) x += shuffle_xor(x, 1, 0x0000FFFFu);
    } else if (lane < 24) {
        x = reduce_max(x, 0x00FF0000u);
    } else {
        slot[lane] = x;
        sync_warp(0xFF000000u);
        x = slot[lane ^ 1];
    }
    sync_warp();
    x += shuffle(x, 31 - lane);
    Global<uint32_t>(args.output)[lane] = x;
}

// [32][4], four matrices of 8 rows of 16 bytes -> [32][14]: x1, x2, x4, and the same transposed
__global__ void selftest_matrix_loads(const zonda_selftest_arguments args) {
    SharedArena arena;
    Shared<uint4> rows = arena.array<uint4>(32);
    const int lane = lane_id();
    uint4 row = as<const uint4>(Global<const uint32_t>(args.input))[lane];
    rows[lane] = row;
    sync_warp();
    uint32_t r[14], one[1], two[2], four[4];
    load_matrix_x1(one, rows + lane);
    load_matrix_x2(two, rows + lane);
    load_matrix_x4(four, rows + lane);
    r[0] = one[0], r[1] = two[0], r[2] = two[1];
    for (int i = 0; i < 4; i++) r[3 + i] = four[i];
    load_matrix_x1_transposed(one, rows + lane);
    load_matrix_x2_transposed(two, rows + lane);
    load_matrix_x4_transposed(four, rows + lane);
    r[7] = one[0], r[8] = two[0], r[9] = two[1];
    for (int i = 0; i < 4; i++) r[10 + i] = four[i];
    Global<uint32_t> y = Global<uint32_t>(args.output) + lane * 14;
    for (int i = 0; i < 14; i++) y[i] = r[i];
}

// [32][10]: the registers a, b, c of each lane -> [32][4]. Types 0 to 3: bf16, f16, s8, e4m3.
template <int type> __global__ void selftest_product(const zonda_selftest_arguments args) {
    Global<const uint32_t> x = Global<const uint32_t>(args.input) + lane_id() * 10;
    uint32_t a[4], b[2], d[4];
    for (int i = 0; i < 4; i++) a[i] = x[i];
    for (int i = 0; i < 2; i++) b[i] = x[4 + i];
    if constexpr (type == 2) {
        int32_t c[4];
        for (int i = 0; i < 4; i++) c[i] = int32_t(uint32_t(x[6 + i]));
        mma_s8(c, a, b);
        for (int i = 0; i < 4; i++) d[i] = uint32_t(c[i]);
    } else {
        float c[4];
        for (int i = 0; i < 4; i++) c[i] = float_of_bits(x[6 + i]);
        if constexpr (type == 0) mma_bf16(c, a, b);
        if constexpr (type == 1) mma_f16(c, a, b);
#if defined(ZONDA_EMULATOR) || !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 890
        if constexpr (type == 3) mma_e4m3(c, a, b);
#endif
        for (int i = 0; i < 4; i++) d[i] = bits_of(c[i]);
    }
    Global<uint32_t> y = Global<uint32_t>(args.output) + lane_id() * 4;
    for (int i = 0; i < 4; i++) y[i] = d[i];
}
