// Random rows of a file's encoding, made on the device: what `pack_weights.cu` then packs, for models without files.
//
// Bytes 8i ... 8i + 7 of row r are output i of SplitMix64 (Steele, Lea and Flood 2014), whose state begins at
// seed + r * row_stride: any output is one multiplication away, so each thread makes its own. `random_blocks` then fixes
// the bytes of scales in each block, `random_numbers` takes each 16 random bits (of four bytes the upper two) as
// (bits / 32768 - 1) * deviation * spread. The same bytes as the host's RandomTileSource, to the bit.
//   grid (8-byte words of a row / 256, rows), 256 threads, no shared memory. Bound by writing.
#include "zonda.cuh"
#include "zonda_measure_kernels.h"

DEVICE uint64_t random_word(const zonda_random_arguments &args, int row, int64_t word) {
    uint64_t z = args.seed + uint64_t(int64_t(row)) * args.row_stride + uint64_t(word + 1) * 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

/// Writes the word; the last one of a row may have 4 bytes only.
DEVICE void store_word(const zonda_random_arguments &args, int64_t offset, uint64_t bits) {
    Global<uint32_t> to = as<uint32_t>(Global<uint8_t>(args.output) + blockIdx.y * args.row_bytes + offset);
    to[0] = uint32_t(bits);
    if (offset + 4 < args.row_bytes) to[1] = uint32_t(bits >> 32);
}

__global__ void __launch_bounds__(256) random_blocks(const __grid_constant__ zonda_random_arguments args) {
    wait_for_previous();
    launch_next();
    const int64_t word = int64_t(blockIdx.x) * 256 + threadIdx.x, offset = word * 8;
    if (offset >= args.row_bytes) return;
    uint64_t bits = random_word(args, args.first_row + blockIdx.y, word);
    const int first = int(offset % args.block_bytes);
    for (int p = 0; p < args.patch_count; p++) {
        const zonda_random_patch patch = args.patches[p];
        // Blocks of 17 bytes may begin twice within a word.
        for (int at = patch.offset - first; at < 8; at += args.block_bytes) {
            if (at < 0) continue;
            bits = (bits & ~(uint64_t(uint8_t(~patch.keep)) << 8 * at)) | uint64_t(patch.value) << 8 * at;
        }
    }
    store_word(args, offset, bits);
}

template <typename Number> DEVICE uint32_t uniform_bits(const zonda_random_arguments &args, uint32_t bits) {
    const float unit = float(int(bits)) * (1.0f / 32768) - 1;
    const float value = mul_rn(mul_rn(unit, args.deviation), args.spread);
    if constexpr (sizeof(Number) == 4) return bits_of(value);
    // bf16 is cut off, f16 rounded, as the host does.
    return Number::isBFloat ? bits_of(value) >> 16 : pack_f16(value, 0) & 0xFFFF;
}

struct FloatNumber {
    static constexpr bool isBFloat = false;
    uint32_t bits;
};
struct HalfNumber {
    static constexpr bool isBFloat = false;
    uint16_t bits;
};
struct BFloatNumber {
    static constexpr bool isBFloat = true;
    uint16_t bits;
};

template <typename Number> __global__ void __launch_bounds__(256)
random_numbers(const __grid_constant__ zonda_random_arguments args) {
    wait_for_previous();
    launch_next();
    const int64_t word = int64_t(blockIdx.x) * 256 + threadIdx.x, offset = word * 8;
    if (offset >= args.row_bytes) return;
    const uint64_t bits = random_word(args, args.first_row + blockIdx.y, word);
    uint64_t numbers = 0;
#pragma unroll
    for (int i = 0; i < 8; i += int(sizeof(Number))) {
        const int from = 8 * (i + int(sizeof(Number)) - 2);
        const uint32_t random = uint32_t(bits >> from) & 0xFFFF;
        numbers |= uint64_t(uniform_bits<Number>(args, random)) << 8 * i;
    }
    store_word(args, offset, numbers);
}

// instantiate: random_blocks
// instantiate: random_numbers<FloatNumber>
// instantiate: random_numbers<HalfNumber>
// instantiate: random_numbers<BFloatNumber>
