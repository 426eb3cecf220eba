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
static const unsigned char embed_cu[] = {
#embed "Kernels/embed.cu" suffix(, 0)
};
static const unsigned char expand_cu[] = {
#embed "Kernels/expand.cu" suffix(, 0)
};
static const unsigned char linear_few_cu[] = {
#embed "Kernels/linear_few.cu" suffix(, 0)
};
static const unsigned char linear_many_cu[] = {
#embed "Kernels/linear_many.cu" suffix(, 0)
};
static const unsigned char pack_weights_cu[] = {
#embed "Kernels/pack_weights.cu" suffix(, 0)
};
static const unsigned char prepare_rows_cu[] = {
#embed "Kernels/prepare_rows.cu" suffix(, 0)
};
static const unsigned char activations_cuh[] = {
#embed "Kernels/activations.cuh" suffix(, 0)
};
static const unsigned char epilogue_cuh[] = {
#embed "Kernels/epilogue.cuh" suffix(, 0)
};
static const unsigned char pack_fields_cuh[] = {
#embed "Kernels/pack_fields.cuh" suffix(, 0)
};
static const unsigned char pack_files_cuh[] = {
#embed "Kernels/pack_files.cuh" suffix(, 0)
};
static const unsigned char weight_blocks_cuh[] = {
#embed "Kernels/weight_blocks.cuh" suffix(, 0)
};
static const unsigned char weight_dense_cuh[] = {
#embed "Kernels/weight_dense.cuh" suffix(, 0)
};
static const unsigned char weight_planes_cuh[] = {
#embed "Kernels/weight_planes.cuh" suffix(, 0)
};
static const unsigned char weight_products_cuh[] = {
#embed "Kernels/weight_products.cuh" suffix(, 0)
};
static const unsigned char weight_ring_cuh[] = {
#embed "Kernels/weight_ring.cuh" suffix(, 0)
};
static const unsigned char weight_superblocks_cuh[] = {
#embed "Kernels/weight_superblocks.cuh" suffix(, 0)
};
static const unsigned char weight_tables_cuh[] = {
#embed "Kernels/weight_tables.cuh" suffix(, 0)
};
static const unsigned char weights_cuh[] = {
#embed "Kernels/weights.cuh" suffix(, 0)
};
static const unsigned char zonda_linear_kernels_h[] = {
#embed "include/zonda_linear_kernels.h" suffix(, 0)
};
static const unsigned char zonda_pack_h[] = {
#embed "include/zonda_pack.h" suffix(, 0)
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
    SOURCE("embed.cu", embed_cu),
    SOURCE("expand.cu", expand_cu),
    SOURCE("linear_few.cu", linear_few_cu),
    SOURCE("linear_many.cu", linear_many_cu),
    SOURCE("pack_weights.cu", pack_weights_cu),
    SOURCE("prepare_rows.cu", prepare_rows_cu),
    SOURCE("activations.cuh", activations_cuh),
    SOURCE("epilogue.cuh", epilogue_cuh),
    SOURCE("pack_fields.cuh", pack_fields_cuh),
    SOURCE("pack_files.cuh", pack_files_cuh),
    SOURCE("weight_blocks.cuh", weight_blocks_cuh),
    SOURCE("weight_dense.cuh", weight_dense_cuh),
    SOURCE("weight_planes.cuh", weight_planes_cuh),
    SOURCE("weight_products.cuh", weight_products_cuh),
    SOURCE("weight_ring.cuh", weight_ring_cuh),
    SOURCE("weight_superblocks.cuh", weight_superblocks_cuh),
    SOURCE("weight_tables.cuh", weight_tables_cuh),
    SOURCE("weights.cuh", weights_cuh),
    SOURCE("zonda_linear_kernels.h", zonda_linear_kernels_h),
    SOURCE("zonda_pack.h", zonda_pack_h),
};

const zonda_kernel_source *zonda_kernel_sources(size_t *count) {
    *count = sizeof sources / sizeof *sources;
    return sources;
}
