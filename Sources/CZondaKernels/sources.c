// Written by scripts/list_kernels.py.
#include "zonda_kernel_sources.h"

static const unsigned char activation_cuh[] = {
#embed "Kernels/activation.cuh" suffix(, 0)
};
static const unsigned char add_cu[] = {
#embed "Kernels/add.cu" suffix(, 0)
};
static const unsigned char async_cuh[] = {
#embed "Kernels/async.cuh" suffix(, 0)
};
static const unsigned char atomics_cuh[] = {
#embed "Kernels/atomics.cuh" suffix(, 0)
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
static const unsigned char attention_tile_cuh[] = {
#embed "Kernels/attention_tile.cuh" suffix(, 0)
};
static const unsigned char block_cuh[] = {
#embed "Kernels/block.cuh" suffix(, 0)
};
static const unsigned char bulk_cuh[] = {
#embed "Kernels/bulk.cuh" suffix(, 0)
};
static const unsigned char cache_cuh[] = {
#embed "Kernels/cache.cuh" suffix(, 0)
};
static const unsigned char candidate_list_cuh[] = {
#embed "Kernels/candidate_list.cuh" suffix(, 0)
};
static const unsigned char combine_cu[] = {
#embed "Kernels/combine.cu" suffix(, 0)
};
static const unsigned char embed_cu[] = {
#embed "Kernels/embed.cu" suffix(, 0)
};
static const unsigned char epilogue_cuh[] = {
#embed "Kernels/epilogue.cuh" suffix(, 0)
};
static const unsigned char expand_cu[] = {
#embed "Kernels/expand.cu" suffix(, 0)
};
static const unsigned char expert_few_cu[] = {
#embed "Kernels/expert_few.cu" suffix(, 0)
};
static const unsigned char expert_many_cu[] = {
#embed "Kernels/expert_many.cu" suffix(, 0)
};
static const unsigned char expert_work_cuh[] = {
#embed "Kernels/expert_work.cuh" suffix(, 0)
};
static const unsigned char experts_cu[] = {
#embed "Kernels/experts.cu" suffix(, 0)
};
static const unsigned char launch_cuh[] = {
#embed "Kernels/launch.cuh" suffix(, 0)
};
static const unsigned char linear_few_cu[] = {
#embed "Kernels/linear_few.cu" suffix(, 0)
};
static const unsigned char linear_few_cuh[] = {
#embed "Kernels/linear_few.cuh" suffix(, 0)
};
static const unsigned char linear_many_cu[] = {
#embed "Kernels/linear_many.cu" suffix(, 0)
};
static const unsigned char linear_many_cuh[] = {
#embed "Kernels/linear_many.cuh" suffix(, 0)
};
static const unsigned char logit_row_cuh[] = {
#embed "Kernels/logit_row.cuh" suffix(, 0)
};
static const unsigned char math_cuh[] = {
#embed "Kernels/math.cuh" suffix(, 0)
};
static const unsigned char measure_cu[] = {
#embed "Kernels/measure.cu" suffix(, 0)
};
static const unsigned char memory_cuh[] = {
#embed "Kernels/memory.cuh" suffix(, 0)
};
static const unsigned char norm_cu[] = {
#embed "Kernels/norm.cu" suffix(, 0)
};
static const unsigned char normalization_cuh[] = {
#embed "Kernels/normalization.cuh" suffix(, 0)
};
static const unsigned char pack_fields_cuh[] = {
#embed "Kernels/pack_fields.cuh" suffix(, 0)
};
static const unsigned char pack_files_cuh[] = {
#embed "Kernels/pack_files.cuh" suffix(, 0)
};
static const unsigned char pack_weights_cu[] = {
#embed "Kernels/pack_weights.cu" suffix(, 0)
};
static const unsigned char platform_cuh[] = {
#embed "Kernels/platform.cuh" suffix(, 0)
};
static const unsigned char prepare_rows_cu[] = {
#embed "Kernels/prepare_rows.cu" suffix(, 0)
};
static const unsigned char prepared_rows_cuh[] = {
#embed "Kernels/prepared_rows.cuh" suffix(, 0)
};
static const unsigned char random_rows_cu[] = {
#embed "Kernels/random_rows.cu" suffix(, 0)
};
static const unsigned char rope_store_cu[] = {
#embed "Kernels/rope_store.cu" suffix(, 0)
};
static const unsigned char row_access_cuh[] = {
#embed "Kernels/row_access.cuh" suffix(, 0)
};
static const unsigned char row_copies_cu[] = {
#embed "Kernels/row_copies.cu" suffix(, 0)
};
static const unsigned char sampling_cu[] = {
#embed "Kernels/sampling.cu" suffix(, 0)
};
static const unsigned char sampling_numbers_cuh[] = {
#embed "Kernels/sampling_numbers.cuh" suffix(, 0)
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
static const unsigned char tensor_cores_cuh[] = {
#embed "Kernels/tensor_cores.cuh" suffix(, 0)
};
static const unsigned char token_draw_cuh[] = {
#embed "Kernels/token_draw.cuh" suffix(, 0)
};
static const unsigned char token_order_cuh[] = {
#embed "Kernels/token_order.cuh" suffix(, 0)
};
static const unsigned char types_cuh[] = {
#embed "Kernels/types.cuh" suffix(, 0)
};
static const unsigned char warp_cuh[] = {
#embed "Kernels/warp.cuh" suffix(, 0)
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
static const unsigned char zonda_cuh[] = {
#embed "Kernels/zonda.cuh" suffix(, 0)
};
static const unsigned char zonda_activation_h[] = {
#embed "include/zonda_activation.h" suffix(, 0)
};
static const unsigned char zonda_arguments_h[] = {
#embed "include/zonda_arguments.h" suffix(, 0)
};
static const unsigned char zonda_cache_h[] = {
#embed "include/zonda_cache.h" suffix(, 0)
};
static const unsigned char zonda_experts_h[] = {
#embed "include/zonda_experts.h" suffix(, 0)
};
static const unsigned char zonda_gpu_weights_h[] = {
#embed "include/zonda_gpu_weights.h" suffix(, 0)
};
static const unsigned char zonda_linear_kernels_h[] = {
#embed "include/zonda_linear_kernels.h" suffix(, 0)
};
static const unsigned char zonda_measure_kernels_h[] = {
#embed "include/zonda_measure_kernels.h" suffix(, 0)
};
static const unsigned char zonda_pack_h[] = {
#embed "include/zonda_pack.h" suffix(, 0)
};
static const unsigned char zonda_paged_attention_h[] = {
#embed "include/zonda_paged_attention.h" suffix(, 0)
};
static const unsigned char zonda_rope_store_h[] = {
#embed "include/zonda_rope_store.h" suffix(, 0)
};
static const unsigned char zonda_row_kernels_h[] = {
#embed "include/zonda_row_kernels.h" suffix(, 0)
};
static const unsigned char zonda_sampling_h[] = {
#embed "include/zonda_sampling.h" suffix(, 0)
};
static const unsigned char zonda_selftest_h[] = {
#embed "include/zonda_selftest.h" suffix(, 0)
};

#define SOURCE(name, array) {name, array, sizeof array - 1}

static const zonda_kernel_source sources[] = {
    SOURCE("activation.cuh", activation_cuh),
    SOURCE("add.cu", add_cu),
    SOURCE("async.cuh", async_cuh),
    SOURCE("atomics.cuh", atomics_cuh),
    SOURCE("attention_decode.cu", attention_decode_cu),
    SOURCE("attention_plain.cu", attention_plain_cu),
    SOURCE("attention_plan.cu", attention_plan_cu),
    SOURCE("attention_prompt.cu", attention_prompt_cu),
    SOURCE("attention_tile.cuh", attention_tile_cuh),
    SOURCE("block.cuh", block_cuh),
    SOURCE("bulk.cuh", bulk_cuh),
    SOURCE("cache.cuh", cache_cuh),
    SOURCE("candidate_list.cuh", candidate_list_cuh),
    SOURCE("combine.cu", combine_cu),
    SOURCE("embed.cu", embed_cu),
    SOURCE("epilogue.cuh", epilogue_cuh),
    SOURCE("expand.cu", expand_cu),
    SOURCE("expert_few.cu", expert_few_cu),
    SOURCE("expert_many.cu", expert_many_cu),
    SOURCE("expert_work.cuh", expert_work_cuh),
    SOURCE("experts.cu", experts_cu),
    SOURCE("launch.cuh", launch_cuh),
    SOURCE("linear_few.cu", linear_few_cu),
    SOURCE("linear_few.cuh", linear_few_cuh),
    SOURCE("linear_many.cu", linear_many_cu),
    SOURCE("linear_many.cuh", linear_many_cuh),
    SOURCE("logit_row.cuh", logit_row_cuh),
    SOURCE("math.cuh", math_cuh),
    SOURCE("measure.cu", measure_cu),
    SOURCE("memory.cuh", memory_cuh),
    SOURCE("norm.cu", norm_cu),
    SOURCE("normalization.cuh", normalization_cuh),
    SOURCE("pack_fields.cuh", pack_fields_cuh),
    SOURCE("pack_files.cuh", pack_files_cuh),
    SOURCE("pack_weights.cu", pack_weights_cu),
    SOURCE("platform.cuh", platform_cuh),
    SOURCE("prepare_rows.cu", prepare_rows_cu),
    SOURCE("prepared_rows.cuh", prepared_rows_cuh),
    SOURCE("random_rows.cu", random_rows_cu),
    SOURCE("rope_store.cu", rope_store_cu),
    SOURCE("row_access.cuh", row_access_cuh),
    SOURCE("row_copies.cu", row_copies_cu),
    SOURCE("sampling.cu", sampling_cu),
    SOURCE("sampling_numbers.cuh", sampling_numbers_cuh),
    SOURCE("selftest_copies.cu", selftest_copies_cu),
    SOURCE("selftest_lanes.cu", selftest_lanes_cu),
    SOURCE("selftest_memory.cu", selftest_memory_cu),
    SOURCE("selftest_numbers.cu", selftest_numbers_cu),
    SOURCE("tensor_cores.cuh", tensor_cores_cuh),
    SOURCE("token_draw.cuh", token_draw_cuh),
    SOURCE("token_order.cuh", token_order_cuh),
    SOURCE("types.cuh", types_cuh),
    SOURCE("warp.cuh", warp_cuh),
    SOURCE("weight_blocks.cuh", weight_blocks_cuh),
    SOURCE("weight_dense.cuh", weight_dense_cuh),
    SOURCE("weight_planes.cuh", weight_planes_cuh),
    SOURCE("weight_products.cuh", weight_products_cuh),
    SOURCE("weight_ring.cuh", weight_ring_cuh),
    SOURCE("weight_superblocks.cuh", weight_superblocks_cuh),
    SOURCE("weight_tables.cuh", weight_tables_cuh),
    SOURCE("weights.cuh", weights_cuh),
    SOURCE("zonda.cuh", zonda_cuh),
    SOURCE("zonda_activation.h", zonda_activation_h),
    SOURCE("zonda_arguments.h", zonda_arguments_h),
    SOURCE("zonda_cache.h", zonda_cache_h),
    SOURCE("zonda_experts.h", zonda_experts_h),
    SOURCE("zonda_gpu_weights.h", zonda_gpu_weights_h),
    SOURCE("zonda_linear_kernels.h", zonda_linear_kernels_h),
    SOURCE("zonda_measure_kernels.h", zonda_measure_kernels_h),
    SOURCE("zonda_pack.h", zonda_pack_h),
    SOURCE("zonda_paged_attention.h", zonda_paged_attention_h),
    SOURCE("zonda_rope_store.h", zonda_rope_store_h),
    SOURCE("zonda_row_kernels.h", zonda_row_kernels_h),
    SOURCE("zonda_sampling.h", zonda_sampling_h),
    SOURCE("zonda_selftest.h", zonda_selftest_h),
};

const zonda_kernel_source *zonda_kernel_sources(size_t *count) {
    *count = sizeof sources / sizeof *sources;
    return sources;
}
