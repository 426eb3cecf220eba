// Self tests of memory.cuh, atomics.cuh, block.cuh and launch.cuh.
// instantiate: selftest_loads
// instantiate: selftest_atomics<false>
// instantiate: selftest_atomics<true>
// instantiate: selftest_flag
// instantiate: selftest_barriers
// instantiate: selftest_chain
// instantiate: selftest_last_block
#include "zonda.cuh"
#include "zonda_selftest.h"

// 64 threads, [64][4] -> [64][16]: the words by loads of 4, 8 and 16 bytes, and through shared memory
__global__ void selftest_loads(const zonda_selftest_arguments args) {
    SharedArena arena;
    Shared<uint8_t> odd = arena.array<uint8_t>(3);
    Shared<uint4> tile = arena.array<uint4, 128>(64);
    if (threadIdx.x < 3) odd[threadIdx.x] = uint8_t(threadIdx.x);
    Global<const uint32_t> x = Global<const uint32_t>(args.input) + threadIdx.x * 4;
    Global<uint32_t> y = Global<uint32_t>(args.output) + threadIdx.x * 16;
    prefetch(x + 1000000);
    for (int i = 0; i < 4; i++) y[i] = load_streamed(x + i);
    uint2 low = load_streamed(as<const uint2>(x)), high = load_constant(as<const uint2>(x) + 1);
    as<uint2>(y + 4)[0] = low;
    store_volatile(y + 6, high.x);
    y[7] = high.y;
    as<uint4>(y)[2] = load_streamed(as<const uint4>(x));
    uint4 all = as<const uint4>(x)[0];
    tile[63 - threadIdx.x] = all;
    sync_threads();
    Shared<uint32_t> words = as<uint32_t>(tile) + (63 - int(threadIdx.x)) * 4;
    words[0] ^= 0u;
    for (int i = 0; i < 4; i++) y[12 + i] = words[i];
    if (threadIdx.x == 0) y[15] = load_volatile(x + 3) + uint32_t(uint8_t(odd[1])) - 1;
}

// [8] start values -> [8] results, then how many old values the threads saw that are below count
template <bool shared> __global__ void selftest_atomics(const zonda_selftest_arguments args) {
    SharedArena arena;
    Shared<uint32_t> cells = arena.array<uint32_t>(8);
    Global<uint32_t> y = args.output;
    Global<const uint32_t> x = args.input;
    if (threadIdx.x < 8) {
        cells[threadIdx.x] = x[threadIdx.x];
        y[threadIdx.x] = x[threadIdx.x];
    }
    if (threadIdx.x == 8) y[8] = 0;
    sync_threads();
    auto work = [&](auto target) {
        const uint32_t t = threadIdx.x;
        uint32_t old = atomic_add(target, 1u);
        atomic_add(as<float>(target + 1), 0.5f);
        atomic_max(as<int32_t>(target + 2), int32_t(t) - 5);
        atomic_min(target + 3, 100 - t);
        atomic_or(target + 4, 1u << (t % 32));
        atomic_and(target + 5, ~(1u << (t % 32)));
        if (t == 7) atomic_exchange(target + 6, 77u);
        uint32_t seen = 0;
        for (uint32_t expected = 0; (seen = atomic_compare_exchange(target + 7, expected, expected + 3)) != expected;) {
            expected = seen;
        }
        if (old < uint32_t(args.count)) atomic_add(y + 8, 1u);
    };
    if (shared) {
        work(cells);
    } else {
        work(y);
    }
    sync_threads();
    if (shared && threadIdx.x < 8) y[threadIdx.x] = cells[threadIdx.x];
}

// Thread 63 hands a value to thread 0 through a flag: -> [0, 1, value]
__global__ void selftest_flag(const zonda_selftest_arguments args) {
    Global<uint32_t> y = args.output;
    if (threadIdx.x < 3) y[threadIdx.x] = 0;
    sync_threads();
    if (threadIdx.x == 63) {
        y[2] = Global<const uint32_t>(args.input)[0];
        fence_gpu();
        store_release(y + 1, 1);
    }
    if (threadIdx.x == 0) {
        while (load_acquire(y + 1) == 0) {}
        uint32_t value = y[2];
        y[0] = value + 1;
    }
}

// Warp 1 produces, warp 0 consumes, over barriers 1 and 2, count rounds: -> [32] sums
__global__ void selftest_barriers(const zonda_selftest_arguments args) {
    SharedArena arena;
    Shared<uint32_t> slot = arena.array<uint32_t>(32);
    Global<uint32_t> y = args.output;
    const uint32_t lane = threadIdx.x % 32;
    uint32_t sum = 0;
    for (int round = 0; round < args.count; round++) {
        if (threadIdx.x >= 32) {
            if (round > 0) sync_barrier(2, 64);
            slot[lane] = lane + uint32_t(round) * 100;
            arrive_barrier(1, 64);
        } else {
            sync_barrier(1, 64);
            sum += slot[31 - lane];
            if (round + 1 < args.count) arrive_barrier(2, 64);
        }
    }
    fence_block();
    sync_threads();
    if (threadIdx.x < 32) y[lane] = sum;
}

// Launched three times, each as a dependent: y = 3 y + input
__global__ void selftest_chain(const zonda_selftest_arguments args) {
    uint32_t constant = load_constant(Global<const uint32_t>(args.input) + threadIdx.x);
    launch_next();
    wait_for_previous();
    Global<uint32_t> y = args.output;
    y[threadIdx.x] = y[threadIdx.x] * 3 + constant;
}

// Each block leaves a value, the last one adds them up: output[0] counts, [1] is the sum, [2...] the values
__global__ void selftest_last_block(const zonda_selftest_arguments args) {
    Global<uint32_t> y = args.output;
    if (threadIdx.x != 0) return;
    y[2 + blockIdx.x] = blockIdx.x * 7 + 1;
    fence_gpu();
    if (atomic_add(y, 1u) + 1 < gridDim.x) return;
    fence_gpu();
    uint32_t sum = 0;
    for (uint32_t i = 0; i < gridDim.x; i++) sum += load_volatile(y + 2 + i);
    y[1] = sum;
}
