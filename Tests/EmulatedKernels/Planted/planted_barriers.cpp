#include "Planted/planted.h"

namespace {

template <bool fixed> __global__ void missing_sync_threads(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float>(64);
    Global<const float> x = args.x;
    values[threadIdx.x] = x[threadIdx.x];
    if (fixed) sync_threads();
    Global<float> y = args.y;
    y[threadIdx.x] = values[63 - threadIdx.x];
}
ZONDA_PLANT(missing_sync_threads);

/// A second round overwrites what slower threads still read.
template <bool fixed> __global__ void missing_second_sync_threads(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float>(64);
    Global<const float> x = args.x;
    float sum = 0;
    for (int round = 0; round < 2; round++) {
        values[threadIdx.x] = x[threadIdx.x];
        sync_threads();
        sum += values[63 - threadIdx.x];
        if (fixed) sync_threads();
    }
    Global<float> y = args.y;
    y[threadIdx.x] = sum;
}
ZONDA_PLANT(missing_second_sync_threads);

template <bool fixed> __global__ void missing_sync_warp(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float>(64);
    Global<const float> x = args.x;
    values[threadIdx.x] = x[threadIdx.x];
    // A shuffle brings the lanes together and yet orders no memory.
    float other = shuffle_xor(float(x[threadIdx.x]), 1);
    if (fixed) sync_warp();
    Global<float> y = args.y;
    y[threadIdx.x] = other + values[threadIdx.x ^ 1];
}
ZONDA_PLANT(missing_sync_warp);

template <bool fixed> __global__ void divergent_barrier(const zonda_planted_arguments args) {
    if (fixed || threadIdx.x % 32 < 16) {
        sync_threads();
    } else {
        sync_threads();
    }
    Global<float> y = args.y;
    y[threadIdx.x] = 1;
}
ZONDA_PLANT(divergent_barrier);

template <bool fixed> __global__ void barrier_of_half_a_warp(const zonda_planted_arguments args) {
    if (fixed || threadIdx.x % 32 < 16) sync_barrier(1, fixed ? 64 : 32);
    Global<float> y = args.y;
    y[threadIdx.x] = 1;
}
ZONDA_PLANT(barrier_of_half_a_warp);

template <bool fixed> __global__ void barrier_that_half_the_block_misses(const zonda_planted_arguments args) {
    if (fixed || threadIdx.x < 32) sync_barrier(1, 64);
    sync_threads();
    Global<float> y = args.y;
    y[threadIdx.x] = 1;
}
ZONDA_PLANT(barrier_that_half_the_block_misses);

template <bool fixed> __global__ void wrong_count_of_barrier(const zonda_planted_arguments args) {
    sync_barrier(1, fixed || threadIdx.x < 32 ? 64 : 32);
    Global<float> y = args.y;
    y[threadIdx.x] = 1;
}
ZONDA_PLANT(wrong_count_of_barrier);

template <bool fixed> __global__ void shuffle_without_all_lanes(const zonda_planted_arguments args) {
    float value = float(threadIdx.x);
    if (fixed || lane_id() != 7) value = shuffle_xor(value, 1, allLanes);
    sync_threads();
    Global<float> y = args.y;
    y[threadIdx.x] = value;
}
ZONDA_PLANT(shuffle_without_all_lanes);

template <bool fixed> __global__ void lane_not_in_its_mask(const zonda_planted_arguments args) {
    uint32_t votes = ballot_lanes(true, fixed || lane_id() != 7 ? allLanes : allLanes - 0x80);
    Global<float> y = args.y;
    y[threadIdx.x] = float(votes);
}
ZONDA_PLANT(lane_not_in_its_mask);

}  // namespace
