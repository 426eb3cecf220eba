#include "zonda_kernel_sources.h"

static const unsigned char add_cu[] = {
#embed "Kernels/add.cu" suffix(, 0)
};
static const unsigned char attention_decode_cu[] = {
#embed "Kernels/attention_decode.cu" suffix(, 0)
};
static const unsigned char attention_plain_cu[] = {
#embed "Kernels/attention_plain.cu" suffix(, 0)
};
static const unsigned char attention_plan_cu[] = {
#embed "Kernels/attention_plan.cu" suffix(, 0)
};
static const unsigned char attention_prompt_cu[] = {
#embed "Kernels/attention_prompt.cu" suffix(, 0)
};
static const unsigned char rope_store_cu[] = {
#embed "Kernels/rope_store.cu" suffix(, 0)
};
static const unsigned char selftest_copies_cu[] = {
#embed "Kernels/selftest_copies.cu" suffix(, 0)
};
static const unsigned char selftest_lanes_cu[] = {
#embed "Kernels/selftest_lanes.cu" suffix(, 0)
};
static const unsigned char selftest_memory_cu[] = {
#embed "Kernels/selftest_memory.cu" suffix(, 0)
};
static const unsigned char selftest_numbers_cu[] = {
#embed "Kernels/selftest_numbers.cu" suffix(, 0)
};
static const unsigned char zonda_cuh[] = {
#embed "Kernels/zonda.cuh" suffix(, 0)
};
static const unsigned char async_cuh[] = {
#embed "Kernels/async.cuh" suffix(, 0)
};
static const unsigned char atomics_cuh[] = {
#embed "Kernels/atomics.cuh" suffix(, 0)
};
static const unsigned char attention_tile_cuh[] = {
#embed "Kernels/attention_tile.cuh" suffix(, 0)
};
static const unsigned char cache_cuh[] = {
#embed "Kernels/cache.cuh" suffix(, 0)
};
static const unsigned char block_cuh[] = {
#embed "Kernels/block.cuh" suffix(, 0)
};
static const unsigned char bulk_cuh[] = {
#embed "Kernels/bulk.cuh" suffix(, 0)
};
static const unsigned char launch_cuh[] = {
#embed "Kernels/launch.cuh" suffix(, 0)
};
static const unsigned char math_cuh[] = {
#embed "Kernels/math.cuh" suffix(, 0)
};
static const unsigned char memory_cuh[] = {
#embed "Kernels/memory.cuh" suffix(, 0)
};
static const unsigned char platform_cuh[] = {
#embed "Kernels/platform.cuh" suffix(, 0)
};
static const unsigned char tensor_cores_cuh[] = {
#embed "Kernels/tensor_cores.cuh" suffix(, 0)
};
static const unsigned char types_cuh[] = {
#embed "Kernels/types.cuh" suffix(, 0)
};
static const unsigned char warp_cuh[] = {
#embed "Kernels/warp.cuh" suffix(, 0)
};
static const unsigned char zonda_arguments_h[] = {
#embed "include/zonda_arguments.h" suffix(, 0)
};
static const unsigned char zonda_cache_h[] = {
#embed "include/zonda_cache.h" suffix(, 0)
};
static const unsigned char zonda_paged_attention_h[] = {
#embed "include/zonda_paged_attention.h" suffix(, 0)
};
static const unsigned char zonda_rope_store_h[] = {
#embed "include/zonda_rope_store.h" suffix(, 0)
};
static const unsigned char zonda_selftest_h[] = {
#embed "include/zonda_selftest.h" suffix(, 0)
};

#define SOURCE(name, array) {name, array, sizeof array - 1}

static const zonda_kernel_source sources[] = {
    SOURCE("add.cu", add_cu),
    SOURCE("attention_decode.cu", attention_decode_cu),
    SOURCE("attention_plain.cu", attention_plain_cu),
    SOURCE("attention_plan.cu", attention_plan_cu),
    SOURCE("attention_prompt.cu", attention_prompt_cu),
    SOURCE("rope_store.cu", rope_store_cu),
    SOURCE("selftest_copies.cu", selftest_copies_cu),
    SOURCE("selftest_lanes.cu", selftest_lanes_cu),
    SOURCE("selftest_memory.cu", selftest_memory_cu),
    SOURCE("selftest_numbers.cu", selftest_numbers_cu),
    SOURCE("zonda.cuh", zonda_cuh),
    SOURCE("async.cuh", async_cuh),
    SOURCE("atomics.cuh", atomics_cuh),
    SOURCE("attention_tile.cuh", attention_tile_cuh),
    SOURCE("cache.cuh", cache_cuh),
    SOURCE("block.cuh", block_cuh),
    SOURCE("bulk.cuh", bulk_cuh),
    SOURCE("launch.cuh", launch_cuh),
    SOURCE("math.cuh", math_cuh),
    SOURCE("memory.cuh", memory_cuh),
    SOURCE("platform.cuh", platform_cuh),
    SOURCE("tensor_cores.cuh", tensor_cores_cuh),
    SOURCE("types.cuh", types_cuh),
    SOURCE("warp.cuh", warp_cuh),
    SOURCE("zonda_arguments.h", zonda_arguments_h),
    SOURCE("zonda_cache.h", zonda_cache_h),
    SOURCE("zonda_paged_attention.h", zonda_paged_attention_h),
    SOURCE("zonda_rope_store.h", zonda_rope_store_h),
    SOURCE("zonda_selftest.h", zonda_selftest_h),
};

const zonda_kernel_source *zonda_kernel_sources(size_t *count) {
    *count = sizeof sources / sizeof *sources;
    return sources;
}
