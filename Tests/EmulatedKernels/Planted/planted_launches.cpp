// Chains of dependent launches: `first` writes y, then the planted kernel, launched as its dependent, touches it.
#include "Planted/planted.h"

namespace {

/// The kernel ahead: y = x, and everyone may begin early.
__global__ void chain_first(const zonda_planted_arguments args) {
    launch_next();
    wait_for_previous();
    Global<const float> x = args.x;
    Global<float> y = args.y;
    y[threadIdx.x] = x[threadIdx.x];
}
ZONDA_EMULATE(chain_first);

/// Between: lets the next one begin before its own wait, and touches nothing.
__global__ void chain_between(const zonda_planted_arguments) {
    launch_next();
    wait_for_previous();
}
ZONDA_EMULATE(chain_between);

/// As above, but the next one begins only when what is ahead has ended.
__global__ void chain_between_after_wait(const zonda_planted_arguments) {
    wait_for_previous();
    launch_next();
}
ZONDA_EMULATE(chain_between_after_wait);

template <bool fixed> __global__ void missing_wait_for_previous(const zonda_planted_arguments args) {
    if (fixed) wait_for_previous();
    Global<float> y = args.y;
    y[threadIdx.x] = y[threadIdx.x] + 1;
    if (!fixed) wait_for_previous();
}
ZONDA_PLANT(missing_wait_for_previous);

template <bool fixed> __global__ void early_write(const zonda_planted_arguments args) {
    Global<float> y = args.y;
    if (fixed) wait_for_previous();
    y[threadIdx.x] = 5;
    if (!fixed) wait_for_previous();
}
ZONDA_PLANT(early_write);

template <bool fixed> __global__ void path_without_wait(const zonda_planted_arguments args) {
    if (!fixed && blockIdx.x == 0) return;
    wait_for_previous();
    Global<float> y = args.y;
    y[threadIdx.x] = y[threadIdx.x] + 1;
}
ZONDA_PLANT(path_without_wait);

/// A bulk copy that begins early reads what is not written yet.
template <bool fixed> __global__ void early_bulk_copy(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float, 128>(64);
    Shared<CopyBarrier> full = arena.array<CopyBarrier, 8>(1);
    if (threadIdx.x == 0) {
        init_barrier(full, 1);
        fence_barrier_init();
        if (fixed) wait_for_previous();
        arrive_expect(full, 256);
        copy_bulk(values, Global<float>(args.y), 256, full);
    }
    sync_threads();
    wait_for_previous();
    wait(full, 0);
    Global<float> y = args.y;
    y[threadIdx.x] = values[threadIdx.x] + 1;
}
ZONDA_PLANT(early_bulk_copy);

}  // namespace
