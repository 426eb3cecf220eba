// linear_few for the experts of a layer: blocks of at most eight sorted pairs (zonda_experts.h), each with the weights
// of its expert, in one launch for all experts of one layout. Only weights of experts that have pairs are read, once
// per eight.
//
// Items are (block of pairs, tile of 16 outputs), tiles innermost, so that blocks of one expert meet its weights in the
// second-level cache. How many there are stands in memory: the grid is what fills the GPU, whatever the routing is. The
// text is that of linear_few, so a pair has the bits that its row would have alone.
//   grid: at most two blocks a multiprocessor and one per item, 256 threads; one part, or two with a gate, of layout W.
//   With `prepares` a block makes all rows of the step (at most 8) itself.
//   shared bytes: those of linear_few with one tile.
#include "expert_work.cuh"
#include "linear_few.cuh"

/// Which row a pair is of: lane i knows that of the i-th pair of the block, -1 beyond the last; `mine` is that of the
/// lane's fragment.
struct ListedRows {
    int source, mine;

    DEVICE int operator()(int row) const { return shuffle(source, row); }
    DEVICE int own(int) const { return mine; }
};

struct FewPairs {
    static constexpr bool isGrouped = true;
    using Map = ListedRows;
    const zonda_expert_product_arguments &args;
    int blocks = 0;  // of pairs
    int count = 0;   // of the block of pairs that was entered; 0 where its weights have another layout

    DEVICE void read() { blocks = Global<const int32_t>(args.block_count)[0]; }

    DEVICE int step_count(const zonda_linear_arguments &product) const {
        return steps_of(product, blocks * divide_up(product.parts[0].rows, 16));
    }
    DEVICE TileOfStep tile_of(const zonda_linear_arguments &product, int step) const {
        const int item = item_of(product, step), tiles = divide_up(product.parts[0].rows, 16);
        return {product.combine == ZONDA_COMBINE_GATED ? step % 2 : 0, item % tiles, item / tiles};
    }
    DEVICE Global<const uint8_t> weight(const zonda_linear_arguments &, TileOfStep at) const {
        zonda_expert_block block = Global<const zonda_expert_block>(args.blocks)[at.block];
        return expert_weight(args, block.expert, at.part);
    }
    /// The block's first pair, which is where its results go.
    DEVICE int enter(int index, int lane, ListedRows &map) {
        zonda_expert_block block = Global<const zonda_expert_block>(args.blocks)[index];
        count = expert_weight(args, block.expert, 0) ? block.count : 0;
        map.source = lane < count ? prepared_row_of(args, block.first + lane) : -1;
        map.mine = shuffle(map.source, lane / 4);
        return block.first;
    }
};

template <typename W, int terms, int stages, bool prepares>
__global__ void __launch_bounds__(256, 2)
expert_few(const __grid_constant__ zonda_expert_product_arguments args) {
    multiply_few<W, W, 1, terms, stages, prepares>(args.product, FewPairs{args});
}

// Some layouts of each kind; linear_few lists all of them, with the same text.
// instantiate: expert_few<Q4_K, 1, 4, true>
// instantiate: expert_few<Q6_K, 1, 3, true>
// instantiate: expert_few<Q8_0, 1, 4, true>
// instantiate: expert_few<BF16, 2, 5, true>
// instantiate: expert_few<F32, 2, 5, true>
// instantiate: expert_few<MXFP4, 1, 4, true>
// instantiate: expert_few<Q3_K, 1, 5, true>
// instantiate: expert_few<Q4_K, 1, 4, false>
// instantiate: expert_few<Q8_0, 1, 4, false>
// instantiate: expert_few<BF16, 2, 5, false>
