#include "Planted/planted.h"

namespace {

template <bool fixed> __global__ void global_out_of_bounds(const zonda_planted_arguments args) {
    Global<const float> x = args.x;
    Global<float> y = args.y;
    int next = int(threadIdx.x) + 1;
    y[threadIdx.x] = x[fixed && next == args.count ? 0 : next];
}
ZONDA_PLANT(global_out_of_bounds);

template <bool fixed> __global__ void null_address(const zonda_planted_arguments args) {
    Global<const float> bias = fixed ? args.x : DevicePointer<const float>{0};
    Global<float> y = args.y;
    y[threadIdx.x] = bias[threadIdx.x];
}
ZONDA_PLANT(null_address);

/// One array of shared memory ends where the next one begins.
template <bool fixed> __global__ void shared_out_of_bounds(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> first = arena.array<float>(fixed ? 64 : 60);
    Shared<float> second = arena.array<float>(64);
    second[threadIdx.x] = 0;
    sync_threads();
    first[threadIdx.x] = 1;
    Global<float> y = args.y;
    y[threadIdx.x] = first[threadIdx.x];
}
ZONDA_PLANT(shared_out_of_bounds);

template <bool fixed> __global__ void more_shared_than_launched(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> values = arena.array<float>(fixed ? 256 : 257);
    values[threadIdx.x] = 1;
    Global<float> y = args.y;
    y[threadIdx.x] = values[threadIdx.x];
}
ZONDA_PLANT(more_shared_than_launched);

template <bool fixed> __global__ void uninitialized_shared(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<float> sum = arena.array<float>(1);
    if (fixed && threadIdx.x == 0) sum[0] = 0;
    sync_threads();
    atomic_add(sum, 1.0f);
    sync_threads();
    Global<float> y = args.y;
    y[threadIdx.x] = sum[0];
}
ZONDA_PLANT(uninitialized_shared);

template <bool fixed> __global__ void uninitialized_global(const zonda_planted_arguments args) {
    Global<float> y = args.y;
    if (fixed) y[threadIdx.x] = 0;
    y[threadIdx.x] += 1;
}
ZONDA_PLANT(uninitialized_global);

template <bool fixed> __global__ void misaligned_vector(const zonda_planted_arguments args) {
    Global<const float> x = args.x;
    float4 v = as<const float4>(x + (fixed ? 4 : 2))[0];
    Global<float> y = args.y;
    y[threadIdx.x] = v.x;
}
ZONDA_PLANT(misaligned_vector);

template <bool fixed> __global__ void racing_counter(const zonda_planted_arguments args) {
    SharedArena arena;
    Shared<uint32_t> counter = arena.array<uint32_t>(1);
    if (threadIdx.x == 0) counter[0] = 0;
    sync_threads();
    if (fixed) {
        atomic_add(counter, 1u);
    } else {
        counter[0] += 1;
    }
    sync_threads();
    Global<float> y = args.y;
    y[threadIdx.x] = float(uint32_t(counter[0]));
}
ZONDA_PLANT(racing_counter);

template <bool fixed> __global__ void endless_wait(const zonda_planted_arguments args) {
    Global<uint32_t> flag = Global<uint32_t>(DevicePointer<uint32_t>{args.y.address});
    if (threadIdx.x == 63) store_release(flag, 0);
    sync_threads();
    if (threadIdx.x == 0) store_release(flag, fixed ? 1 : 2);
    while (load_acquire(flag) != 1) {}
}
ZONDA_PLANT(endless_wait);

}  // namespace
