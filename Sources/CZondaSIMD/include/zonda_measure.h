// What a processor can do at most: products without memory, and reading without products. Timed by the caller.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The loops of one instruction set. Each result depends on all of the work, so that none can be left out.
typedef struct {
    /// Operations of one round of each kind of product on one thread: a multiplication with its addition is two.
    int64_t int16_operations, float_operations;

    /// `rounds` times 12 products of int16 pairs summed to int32, as quantized weights are multiplied.
    int32_t (*int16_products)(int64_t rounds);

    /// `rounds` times 12 fused multiplications and additions of float32 vectors.
    float (*float_products)(int64_t rounds);

    /// The sum of 32-bit words, wrapping. `bytes` is a multiple of 1024.
    uint32_t (*read)(const void *memory, size_t bytes);
} zonda_measure_kernels;
