#include "Planted/planted.h"

namespace {

template <bool fixed> __global__ void missing_copy_wait(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float>(64);
    copy_async<4>(values + threadIdx.x, Global<const float>(args.x) + threadIdx.x);
    commit_copies();
    if (fixed) wait_copies<0>();
    Global<float> y = args.y;
    y[threadIdx.x] = values[threadIdx.x];
}
ZONDA_PLANT(missing_copy_wait);

/// Two groups are on their way, and the wait is for the first one only.
template <bool fixed> __global__ void wait_for_too_few_groups(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float>(128);
    Global<const float> x = args.x;
    copy_async<4>(values + threadIdx.x, x + threadIdx.x);
    commit_copies();
    copy_async<4>(values + 64 + threadIdx.x, x + threadIdx.x);
    commit_copies();
    if (fixed) {
        wait_copies<0>();
    } else {
        wait_copies<1>();
    }
    Global<float> y = args.y;
    y[threadIdx.x] = values[64 + threadIdx.x];
}
ZONDA_PLANT(wait_for_too_few_groups);

/// Each thread has waited for its own copies; nobody has told the others.
template <bool fixed> __global__ void copy_wait_without_barrier(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float>(64);
    copy_async<4>(values + threadIdx.x, Global<const float>(args.x) + threadIdx.x);
    commit_copies();
    wait_copies<0>();
    if (fixed) sync_threads();
    Global<float> y = args.y;
    y[threadIdx.x] = values[63 - threadIdx.x];
}
ZONDA_PLANT(copy_wait_without_barrier);

/// The next stage is copied over the one that others still read.
template <bool fixed> __global__ void refill_before_read(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float>(64);
    Global<const float> x = args.x;
    float sum = 0;
    for (int round = 0; round < 2; round++) {
        copy_async<4>(values + threadIdx.x, x + threadIdx.x);
        commit_copies();
        wait_copies<0>();
        sync_threads();
        sum += values[63 - threadIdx.x];
        if (fixed) sync_threads();
    }
    Global<float> y = args.y;
    y[threadIdx.x] = sum;
}
ZONDA_PLANT(refill_before_read);

enum class Bug { none, parity, noFence, noBarrier, tooManyBytes, earlyRefill, uncopied };

/// A ring of two stages of 64 floats that one thread fills and a warp reads.
template <Bug bug> __device__ void ring(const zonda_planted_arguments &args) {
    SharedArena arena;
    Shared<float> stages = arena.array<float, 128>(128);
    Shared<CopyBarrier> full = arena.array<CopyBarrier, 8>(2);
    Global<const float> x = args.x;
    const bool first = threadIdx.x == 0;
    if (first) {
        for (int i = 0; i < 2; i++) init_barrier(full + i, 1);
        if (bug != Bug::noFence) fence_barrier_init();
    }
    if (bug != Bug::noBarrier) sync_threads();
    if (threadIdx.x >= 32) return;
    auto fill = [&](int round) {
        arrive_expect(full + round % 2, bug == Bug::tooManyBytes ? 512 : 256);
        copy_bulk(stages + round % 2 * 64, x, 256, full + round % 2);
    };
    if (first) fill(0), fill(1);
    float sum = 0;
    for (int round = 0; round < 5; round++) {
        uint32_t parity = uint32_t(round / 2) & 1;
        if (bug != Bug::uncopied) wait(full + round % 2, bug == Bug::parity ? parity ^ 1 : parity);
        sum += stages[round % 2 * 64 + int(threadIdx.x)] + stages[round % 2 * 64 + 32 + int(threadIdx.x)];
        if (bug != Bug::earlyRefill) sync_warp();
        if (first && round + 2 < 5) fill(round + 2);
    }
    Global<float> y = args.y;
    y[threadIdx.x] = sum;
}

#define ZONDA_PLANT_RING(name, bug)                                                                                    \
    template <bool fixed> __global__ void name(const zonda_planted_arguments args) {                                   \
        ring<fixed ? Bug::none : bug>(args);                                                                           \
    }                                                                                                                  \
    ZONDA_PLANT(name)
ZONDA_PLANT_RING(wrong_parity, Bug::parity);
ZONDA_PLANT_RING(missing_fence_after_init, Bug::noFence);
ZONDA_PLANT_RING(barrier_used_before_init, Bug::noBarrier);
ZONDA_PLANT_RING(more_bytes_expected_than_copied, Bug::tooManyBytes);
ZONDA_PLANT_RING(bulk_refill_before_read, Bug::earlyRefill);
ZONDA_PLANT_RING(missing_bulk_wait, Bug::uncopied);

}  // namespace
