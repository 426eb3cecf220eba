// Mixtures of experts: which rows go to which experts, as lists in device memory that a grouped product reads.
//
// A pair is a row and one of its `top` experts; its number is row * top + rank. `expert_route` writes experts and
// weights by number; `expert_group` sorts the numbers by expert, and within an expert by number, so by row: the order
// depends on the router's choice only. The sorted pairs of an expert are cut into blocks of a few rows, which is what
// expert_few and expert_many multiply: pair p multiplies row source_rows[p] (gate, up), or row p itself (down, whose
// inputs are sorted already), and writes row p. `expert_mix` then sums the `top` results of each row, in the order of
// rank.
//
//   R rows, E experts, K = top, P = R * K pairs. All lists are of the bucket's size; pairs of padding rows are sorted
//   too unless the step's own rows are counted in `row_count`.
#pragma once
#include "zonda_linear_kernels.h"

enum {
    zonda_max_experts = 1024,
    zonda_max_top_experts = 32,
};

/// Consecutive sorted pairs of one expert.
typedef struct zonda_expert_block {
    int32_t expert;
    int32_t first;  // sorted pair
    int32_t count;  // 1 to `rows` of the list
    int32_t unused;
} zonda_expert_block;

/// The blocks of all experts, ascending. There are at most P / rows + E, and at most P.
typedef struct zonda_expert_block_list {
    ZONDA_ADDRESS(zonda_expert_block) blocks;
    ZONDA_ADDRESS(int32_t) count;  // [1]
    int64_t rows;                  // of a block, except an expert's last
} zonda_expert_block_list;

/// The lists, at fixed addresses.
typedef struct zonda_expert_lists {
    ZONDA_ADDRESS(int32_t) experts;      // [R, K] the router's choice, likeliest first
    ZONDA_ADDRESS(float) weights;        // [R, K]
    ZONDA_ADDRESS(int32_t) positions;    // [R, K] where pair row * K + rank is after sorting: p
    ZONDA_ADDRESS(int32_t) source_rows;  // [P] the row of sorted pair p
    ZONDA_ADDRESS(int32_t) offsets;      // [E + 1] the first sorted pair of each expert; [E] is their number
    zonda_expert_block_list inner;       // for the product of gate and up
    zonda_expert_block_list outer;       // for that of down
} zonda_expert_lists;

typedef struct zonda_expert_route_arguments {
    ZONDA_ADDRESS(const float) scores;       // [R, E] the router's logits
    ZONDA_ADDRESS(const int32_t) row_count;  // rows of this step, or 0: all of the launch
    zonda_expert_lists lists;
    int64_t scores_stride;
    int32_t rows;  // of the launch
    int32_t expert_count;
    int32_t top;
    int32_t renormalizes;  // the chosen weights are divided by their sum, else by that of all experts
} zonda_expert_route_arguments;

/// output[r] = residual[r] + scale * Σ_k weights[r, k] * products[positions[r, k]].
typedef struct zonda_expert_mix_arguments {
    ZONDA_ADDRESS(const float) products;  // [P, width]
    ZONDA_ADDRESS(const float) residual;  // [R, width], or 0; may be the output
    ZONDA_ADDRESS(float) output;          // [R, width]
    zonda_expert_lists lists;
    int64_t products_stride;
    int64_t residual_stride;
    int64_t output_stride;
    int32_t width;
    int32_t top;
    float scale;
    ZONDA_ADDRESS(const int32_t) row_count;  // as above: no pair of a row beyond it has a result
} zonda_expert_mix_arguments;

/// Where an expert's weights are; 0: they have another layout, and another launch multiplies them.
typedef struct zonda_expert_weights {
    ZONDA_ADDRESS(const uint8_t) first;
    ZONDA_ADDRESS(const uint8_t) second;  // up, where `first` is the gate
} zonda_expert_weights;

/// A product of sorted pairs, each with the weights of its expert: output[p] = combine(x · W_eᵀ).
typedef struct zonda_expert_product_arguments {
    /// One part, or two with a gate; their weights are those of the table, and there is no bias. `rows` and `prepared`
    /// are the rows that pairs refer to.
    zonda_linear_arguments product;
    ZONDA_ADDRESS(const zonda_expert_weights) weights;  // [E]
    ZONDA_ADDRESS(const int32_t) source_rows;           // [P] the prepared row of a sorted pair, or 0: row p
    ZONDA_ADDRESS(const zonda_expert_block) blocks;     // of at most 8 rows for expert_few, 8 tiles for expert_many
    ZONDA_ADDRESS(const int32_t) block_count;
} zonda_expert_product_arguments;
