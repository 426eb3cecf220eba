// Arguments of the kernels that measure what a GPU can do at most, and of the one that makes random weights.
#pragma once
#include "zonda_arguments.h"

/// output[thread] = the sum of the 32-bit words that the thread read, wrapping.
typedef struct zonda_read_arguments {
    ZONDA_ADDRESS(const uint8_t) input;  ///< a multiple of 16
    ZONDA_ADDRESS(uint32_t) output;      ///< one word a thread of the launch
    int64_t piece_count;                 ///< of ZONDA_READ_PIECE_BYTES
} zonda_read_arguments;

/// output[thread] = the sum of the thread's accumulators after `rounds` rounds of ZONDA_PRODUCT_CHAINS matrix products.
typedef struct zonda_products_arguments {
    ZONDA_ADDRESS(float) output;  ///< one value a thread of the launch
    int32_t rounds;
} zonda_products_arguments;

/// Keeps a stream busy for so many cycles, so that what is submitted meanwhile runs without gaps.
typedef struct zonda_delay_arguments {
    int64_t cycle_count;
} zonda_delay_arguments;

enum {
    ZONDA_MEASURE_THREADS = 256,      ///< of a block
    ZONDA_READ_PIECE_BYTES = 32768,   ///< of one block at a time: 8 loads of 16 bytes a thread
    ZONDA_PRODUCT_CHAINS = 8,         ///< independent accumulators of a warp
    ZONDA_PRODUCT_OPERATIONS = 4096,  ///< of one product of 16 x 8 x 16: a multiplication with its addition is two
    ZONDA_RANDOM_PATCHES = 8,
};

/// A byte of every block: byte = byte & keep | value.
typedef struct zonda_random_patch {
    uint16_t offset;
    uint8_t keep, value;
} zonda_random_patch;

/// Rows of random bits in a file's encoding, as the host's `RandomRows` describes them.
typedef struct zonda_random_arguments {
    ZONDA_ADDRESS(uint8_t) output;  ///< row `first_row`; a multiple of 4
    uint64_t seed;
    uint64_t row_stride;  ///< of the seed
    int64_t row_bytes;    ///< from row to row in `output`: a multiple of 4, all of them are written
    int32_t first_row;
    int32_t rows;
    int32_t block_bytes;
    int32_t patch_count;
    zonda_random_patch patches[ZONDA_RANDOM_PATCHES];
    float deviation, spread;  ///< of plain numbers
} zonda_random_arguments;
