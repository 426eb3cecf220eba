// What the products of experts read from memory: written by expert_group in the same step, and a table of weights.
#pragma once
#include "zonda.cuh"
#include "zonda_experts.h"

/// The weight of an expert, null where it has another layout than this launch's.
DEVICE Global<const uint8_t> expert_weight(const zonda_expert_product_arguments &args, int expert, int part) {
    zonda_expert_weights weights = Global<const zonda_expert_weights>(args.weights)[expert];
    return part == 0 ? weights.first : weights.second;
}

/// Where the row that a sorted pair multiplies was prepared.
DEVICE int prepared_row_of(const zonda_expert_product_arguments &args, int pair) {
    if (!args.source_rows) return pair;
    return Global<const int32_t>(args.source_rows)[pair];
}
