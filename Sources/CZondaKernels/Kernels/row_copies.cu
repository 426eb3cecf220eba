// Movement of rows and bytes.
//
// gather: output[i] = input[indices[i]], or input[i] without indices, from f32 to f32, bf16 or f16 (round to nearest
//   even; f16 beyond 65504 becomes infinite). Grid (ceil(width / (256 * pack)), rows), block 256. Every index of the
//   launch is read and must be a row of the input, those of rows beyond the step's own too.
// copy_words, fill_words: `words` words of uint4 or uint32_t; grid about ceil(words / 1024), at most 1024; block 256.
//   Where the driver's copies would break the chain of dependent launches. They must not overlap.
// resolve_tokens: tokens[i] = given[i], or last_samples[slots[i]] where that is -1. Grid ceil(rows / 256), block 256.
// No shared memory.
// instantiate: gather<float, 4>
// instantiate: gather<float, 1>
// instantiate: gather<bf16, 4>
// instantiate: gather<bf16, 1>
// instantiate: gather<f16, 4>
// instantiate: gather<f16, 1>
// instantiate: copy_words<uint4>
// instantiate: copy_words<uint32_t>
// instantiate: fill_words<uint4>
// instantiate: fill_words<uint32_t>
// instantiate: resolve_tokens
#include "zonda.cuh"
#include "zonda_row_kernels.h"
#include "row_access.cuh"

template <typename Output, int pack>
__global__ void __launch_bounds__(256) gather(const __grid_constant__ zonda_gather_arguments args) {
    const int at = (blockIdx.x * 256 + threadIdx.x) * pack;
    Global<const int32_t> indices = args.indices;
    wait_for_previous();
    launch_next();
    if (at >= args.width) return;
    int32_t row = blockIdx.y;
    if (indices) row = indices[blockIdx.y];
    float x[pack];
    load_values(Global<const float>(args.input) + (row * args.input_stride + at), x);
    store_values(as<Output>(Global<uint8_t>(args.output)) + (blockIdx.y * args.output_stride + at), x);
}

template <typename Word>
__global__ void __launch_bounds__(256) copy_words(const __grid_constant__ zonda_copy_arguments args) {
    Global<const Word> source = as<const Word>(Global<const uint8_t>(args.source));
    Global<Word> destination = as<Word>(Global<uint8_t>(args.destination));
    wait_for_previous();
    launch_next();
    for (int64_t i = int64_t(blockIdx.x) * 256 + threadIdx.x; i < args.words; i += int64_t(gridDim.x) * 256) {
        Word word = source[i];
        destination[i] = word;
    }
}

DEVICE void repeat(uint32_t value, uint32_t &word) { word = value; }
DEVICE void repeat(uint32_t value, uint4 &word) { word = make_uint4(value, value, value, value); }

template <typename Word>
__global__ void __launch_bounds__(256) fill_words(const __grid_constant__ zonda_copy_arguments args) {
    Global<Word> destination = as<Word>(Global<uint8_t>(args.destination));
    Word word;
    repeat(args.value, word);
    wait_for_previous();
    launch_next();
    for (int64_t i = int64_t(blockIdx.x) * 256 + threadIdx.x; i < args.words; i += int64_t(gridDim.x) * 256) {
        destination[i] = word;
    }
}

__global__ void __launch_bounds__(256) resolve_tokens(const __grid_constant__ zonda_resolve_arguments args) {
    const int i = blockIdx.x * 256 + threadIdx.x;
    Global<const int32_t> given = args.given, slots = args.slots, samples = args.last_samples;
    Global<int32_t> tokens = args.tokens;
    wait_for_previous();
    launch_next();
    if (i >= args.rows) return;
    int32_t token = given[i];
    if (token < 0) token = samples[int32_t(slots[i])];
    tokens[i] = token;
}
