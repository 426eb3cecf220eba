// linear_many for the experts of a layer: blocks of at most 8 tiles sorted pairs (zonda_experts.h), each with the
// weights of its expert, in one launch for all experts of one layout. Rows are gathered on their way into shared
// memory, not copied.
//
// The grid has room for as many blocks of pairs as any routing makes; those that this one does not have leave at once.
//   grid (blocks of pairs, output blocks of 8 / splits tiles), 256 threads; one part, or two with a gate, of layout W.
//   shared bytes: those of linear_many, and 32 tiles.
#include "expert_work.cuh"
#include "linear_many.cuh"

struct ManyPairs {
    static constexpr bool isGrouped = true;
    const zonda_expert_product_arguments &args;
    zonda_expert_block block = {};

    /// Whether there is anything to do.
    DEVICE bool read() {
        if (int(blockIdx.x) >= int32_t(Global<const int32_t>(args.block_count)[0])) return false;
        block = Global<const zonda_expert_block>(args.blocks)[blockIdx.x];
        return bool(expert_weight(args, block.expert, 0));
    }
    DEVICE int first() const { return block.first; }
    DEVICE int count() const { return block.count; }
    DEVICE int source(int row) const { return row < block.count ? prepared_row_of(args, block.first + row) : -1; }
    DEVICE Global<const uint8_t> weight(const zonda_linear_arguments &, int part) const {
        return expert_weight(args, block.expert, part);
    }
};

template <typename W, int tiles, int terms, int splits, int stages>
__global__ void __launch_bounds__(256, 1)
expert_many(const __grid_constant__ zonda_expert_product_arguments args) {
    multiply_many<W, tiles, terms, splits, stages>(args.product, ManyPairs{args});
}

// Some layouts of each kind; linear_many lists all of them, with the same text.
// instantiate: expert_many<Q4_K, 2, 1, 2, 4>
// instantiate: expert_many<BF16, 2, 2, 2, 3>
// instantiate: expert_many<Q4_K, 8, 1, 2, 4>
// instantiate: expert_many<Q6_K, 8, 1, 2, 4>
// instantiate: expert_many<Q8_0, 8, 1, 2, 4>
// instantiate: expert_many<BF16, 8, 2, 2, 3>
// instantiate: expert_many<F32, 8, 2, 2, 3>
// instantiate: expert_many<MXFP4, 8, 1, 2, 4>
// instantiate: expert_many<Q4_K, 12, 1, 1, 4>
// instantiate: expert_many<Q8_0, 12, 1, 1, 4>
// instantiate: expert_many<BF16, 12, 1, 1, 4>
