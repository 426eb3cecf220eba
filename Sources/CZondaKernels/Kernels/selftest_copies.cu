// Self tests of async.cuh and bulk.cuh.
// instantiate: selftest_copies
// instantiate: selftest_ring
#include "zonda.cuh"
#include "zonda_selftest.h"

// 32 threads, [32][4] -> [32][12]: a copy of 16 bytes of which 4 t/8 count, one of 8, one of 4 bytes
__global__ void selftest_copies(const zonda_selftest_arguments args) {
    SharedArena arena;
    Shared<uint32_t> wide = arena.array<uint32_t>(128), half = arena.array<uint32_t>(128);
    Shared<uint32_t> single = arena.array<uint32_t>(128);
    const int t = int(threadIdx.x);
    Global<const uint32_t> x = Global<const uint32_t>(args.input) + t * 4;
    copy_async<16>(wide + t * 4, x, t / 8 * 4);
    commit_copies();
    for (int i = 0; i < 4; i += 2) copy_async<8>(half + t * 4 + i, x + i);
    commit_copies();
    for (int i = 0; i < 4; i++) copy_async<4>(single + t * 4 + i, x + i, i == 2 ? 0 : 4);
    commit_copies();
    Global<uint32_t> y = Global<uint32_t>(args.output) + t * 12;
    wait_copies<2>();
    for (int i = 0; i < 4; i++) y[i] = wide[t * 4 + i];
    wait_copies<1>();
    for (int i = 0; i < 4; i++) y[4 + i] = half[t * 4 + i];
    wait_copies<0>();
    sync_warp();
    for (int i = 0; i < 4; i++) y[8 + i] = single[t * 4 + 3 - i];
}

// A ring of 3 stages of 512 bytes, filled by one thread and read by all 64, which hand stages back by arriving at a
// second barrier. [count][128] -> [64] sums of words t and t + 64 of every stage, times its number + 1. From sm_90 on;
// before, the words are read directly.
__global__ void selftest_ring(const zonda_selftest_arguments args) {
    constexpr int depth = 3, words = 128;
    SharedArena arena;
    Shared<uint32_t> stages = arena.array<uint32_t, 128>(depth * words);
    Shared<CopyBarrier> full = arena.array<CopyBarrier, 8>(depth), empty = arena.array<CopyBarrier, 8>(depth);
    Global<const uint32_t> x = args.input;
    Global<uint32_t> y = args.output;
    const int t = int(threadIdx.x);
    uint32_t sum = 0;
    auto fill = [&](int round) {
        Shared<CopyBarrier> barrier = full + round % depth;
        arrive_expect(barrier, words * 4);
        for (int half = 0; half < 2; half++) {
            copy_bulk(stages + round % depth * words + half * 64, x + round * words + half * 64, words * 2, barrier,
                      half ? Caching::evictLast : Caching::evictFirst);
        }
    };
    if (ARCH >= 90) {
        if (t == 0) {
            for (int i = 0; i < depth; i++) init_barrier(full + i, 1), init_barrier(empty + i, 64);
            fence_barrier_init();
            for (int round = 0; round < depth && round < args.count; round++) fill(round);
        }
        sync_threads();
    }
    for (int round = 0; round < args.count; round++) {
        const uint32_t parity = uint32_t(round / depth) & 1;
        Shared<uint32_t> stage = stages + round % depth * words;
        uint32_t pair = 0;
        if (ARCH >= 90) {
            wait(full + round % depth, parity);
            pair = stage[t] + stage[t + 64];
            arrive(empty + round % depth);
            if (t == 0 && round + depth < args.count) {
                while (!try_wait(empty + round % depth, parity)) {}
                fence_copy_engine();
                fill(round + depth);
            }
        } else {
            pair = x[round * words + t] + x[round * words + t + 64];
        }
        sum += pair * uint32_t(round + 1);
    }
    y[t] = sum;
}
