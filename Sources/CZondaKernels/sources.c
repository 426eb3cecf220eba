#include "zonda_kernel_sources.h"

static const unsigned char add_cu[] = {
#embed "Kernels/add.cu" suffix(, 0)
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
static const unsigned char zonda_selftest_h[] = {
#embed "include/zonda_selftest.h" suffix(, 0)
};
static const unsigned char norm_cu[] = {
#embed "Kernels/norm.cu" suffix(, 0)
};
static const unsigned char combine_cu[] = {
#embed "Kernels/combine.cu" suffix(, 0)
};
static const unsigned char row_copies_cu[] = {
#embed "Kernels/row_copies.cu" suffix(, 0)
};
static const unsigned char sampling_cu[] = {
#embed "Kernels/sampling.cu" suffix(, 0)
};
static const unsigned char experts_cu[] = {
#embed "Kernels/experts.cu" suffix(, 0)
};
static const unsigned char activation_cuh[] = {
#embed "Kernels/activation.cuh" suffix(, 0)
};
static const unsigned char row_access_cuh[] = {
#embed "Kernels/row_access.cuh" suffix(, 0)
};
static const unsigned char normalization_cuh[] = {
#embed "Kernels/normalization.cuh" suffix(, 0)
};
static const unsigned char sampling_numbers_cuh[] = {
#embed "Kernels/sampling_numbers.cuh" suffix(, 0)
};
static const unsigned char logit_row_cuh[] = {
#embed "Kernels/logit_row.cuh" suffix(, 0)
};
static const unsigned char candidate_list_cuh[] = {
#embed "Kernels/candidate_list.cuh" suffix(, 0)
};
static const unsigned char token_order_cuh[] = {
#embed "Kernels/token_order.cuh" suffix(, 0)
};
static const unsigned char token_draw_cuh[] = {
#embed "Kernels/token_draw.cuh" suffix(, 0)
};
static const unsigned char zonda_row_kernels_h[] = {
#embed "include/zonda_row_kernels.h" suffix(, 0)
};
static const unsigned char zonda_sampling_h[] = {
#embed "include/zonda_sampling.h" suffix(, 0)
};
static const unsigned char zonda_experts_h[] = {
#embed "include/zonda_experts.h" suffix(, 0)
};

#define SOURCE(name, array) {name, array, sizeof array - 1}

static const zonda_kernel_source sources[] = {
    SOURCE("add.cu", add_cu),
    SOURCE("selftest_copies.cu", selftest_copies_cu),
    SOURCE("selftest_lanes.cu", selftest_lanes_cu),
    SOURCE("selftest_memory.cu", selftest_memory_cu),
    SOURCE("selftest_numbers.cu", selftest_numbers_cu),
    SOURCE("zonda.cuh", zonda_cuh),
    SOURCE("async.cuh", async_cuh),
    SOURCE("atomics.cuh", atomics_cuh),
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
    SOURCE("zonda_selftest.h", zonda_selftest_h),
    SOURCE("norm.cu", norm_cu),
    SOURCE("combine.cu", combine_cu),
    SOURCE("row_copies.cu", row_copies_cu),
    SOURCE("sampling.cu", sampling_cu),
    SOURCE("experts.cu", experts_cu),
    SOURCE("activation.cuh", activation_cuh),
    SOURCE("row_access.cuh", row_access_cuh),
    SOURCE("normalization.cuh", normalization_cuh),
    SOURCE("sampling_numbers.cuh", sampling_numbers_cuh),
    SOURCE("logit_row.cuh", logit_row_cuh),
    SOURCE("candidate_list.cuh", candidate_list_cuh),
    SOURCE("token_order.cuh", token_order_cuh),
    SOURCE("token_draw.cuh", token_draw_cuh),
    SOURCE("zonda_row_kernels.h", zonda_row_kernels_h),
    SOURCE("zonda_sampling.h", zonda_sampling_h),
    SOURCE("zonda_experts.h", zonda_experts_h),
};

const zonda_kernel_source *zonda_kernel_sources(size_t *count) {
    *count = sizeof sources / sizeof *sources;
    return sources;
}
