// Linear layers of 1 to 64 rows, bound by reading the weights once.   y = x · Wᵀ and what LinearOp fuses with it.
//
// A block computes tiles of 16 outputs, one after the other; its eight warps share the columns of a tile in contiguous
// runs, each streaming its records through a ring of its own (weight_ring.cuh). Weights are unpacked in registers to exact
// f16 integers, multiplied with tensor cores and summed in float32; the warps' sums are added in the order of columns.
// The ring fills before `wait_for_previous`: weights depend on no kernel.
//
// A and B are the layouts of the parts (q and k of one, v of another), `tiles` how many eights of rows, `terms` of the
// activations: 1 for f16, 1 or 2 for bf16. With `prepares` every block makes the rows itself in shared memory (norm and
// rounding; for few rows that fit, it saves a kernel), else prepare_rows has; both give the same bits. A row's result is
// the same bits for any count of rows, tiles, stages, and on any GPU with the same tensor cores.
//   grid: at most two blocks a multiprocessor and one per tile, 256 threads.
//   shared bytes: 8 stages * slot, 64 stages, 8192, 96, tiles * 32; with `prepares` terms * rows * stride * 2 and
//   rows * sum stride * 4. slot = the longest record of A and B.
#include "linear_few.cuh"

template <typename A, typename B, int tiles, int terms, int stages, bool prepares>
__global__ void __launch_bounds__(256, tiles > 2 ? 1 : 2)
linear_few(const __grid_constant__ zonda_linear_arguments args) {
    multiply_few<A, B, tiles, terms, stages, prepares>(args, AllRows());
}

// instantiate: linear_few<Q4_0, Q4_0, 1, 1, 4, true>
// instantiate: linear_few<Q4_0, Q4_0, 1, 1, 4, false>
// instantiate: linear_few<Q4_1, Q4_1, 1, 1, 4, true>
// instantiate: linear_few<Q4_1, Q4_1, 1, 1, 4, false>
// instantiate: linear_few<Q5_0, Q5_0, 1, 1, 5, true>
// instantiate: linear_few<Q5_0, Q5_0, 1, 1, 5, false>
// instantiate: linear_few<Q5_1, Q5_1, 1, 1, 5, true>
// instantiate: linear_few<Q5_1, Q5_1, 1, 1, 5, false>
// instantiate: linear_few<Q8_0, Q8_0, 1, 1, 4, true>
// instantiate: linear_few<Q8_0, Q8_0, 1, 1, 4, false>
// instantiate: linear_few<IQ4_NL, IQ4_NL, 1, 1, 4, true>
// instantiate: linear_few<IQ4_NL, IQ4_NL, 1, 1, 4, false>
// instantiate: linear_few<MXFP4, MXFP4, 1, 1, 4, true>
// instantiate: linear_few<MXFP4, MXFP4, 1, 1, 4, false>
// instantiate: linear_few<NVFP4, NVFP4, 1, 1, 4, true>
// instantiate: linear_few<NVFP4, NVFP4, 1, 1, 4, false>
// instantiate: linear_few<Q2_K, Q2_K, 1, 1, 5, true>
// instantiate: linear_few<Q2_K, Q2_K, 1, 1, 5, false>
// instantiate: linear_few<Q3_K, Q3_K, 1, 1, 5, true>
// instantiate: linear_few<Q3_K, Q3_K, 1, 1, 5, false>
// instantiate: linear_few<Q4_K, Q4_K, 1, 1, 4, true>
// instantiate: linear_few<Q4_K, Q4_K, 1, 1, 4, false>
// instantiate: linear_few<Q5_K, Q5_K, 1, 1, 3, true>
// instantiate: linear_few<Q5_K, Q5_K, 1, 1, 3, false>
// instantiate: linear_few<Q6_K, Q6_K, 1, 1, 3, true>
// instantiate: linear_few<Q6_K, Q6_K, 1, 1, 3, false>
// instantiate: linear_few<IQ4_XS, IQ4_XS, 1, 1, 4, true>
// instantiate: linear_few<IQ4_XS, IQ4_XS, 1, 1, 4, false>
// instantiate: linear_few<X8, X8, 1, 1, 2, true>
// instantiate: linear_few<X8, X8, 1, 1, 2, false>
// instantiate: linear_few<F16, F16, 1, 1, 5, true>
// instantiate: linear_few<F16, F16, 1, 1, 5, false>
// instantiate: linear_few<BF16, BF16, 1, 2, 5, true>
// instantiate: linear_few<BF16, BF16, 1, 2, 5, false>
// instantiate: linear_few<F32, F32, 1, 2, 5, true>
// instantiate: linear_few<F32, F32, 1, 2, 5, false>
// instantiate: linear_few<Q4_K, Q6_K, 1, 1, 3, true>
// instantiate: linear_few<Q4_K, Q6_K, 1, 1, 3, false>
// instantiate: linear_few<Q5_0, Q8_0, 1, 1, 4, true>
// instantiate: linear_few<Q5_0, Q8_0, 1, 1, 4, false>
// instantiate: linear_few<Q5_K, Q6_K, 1, 1, 3, true>
// instantiate: linear_few<Q5_K, Q6_K, 1, 1, 3, false>
// instantiate: linear_few<Q3_K, Q5_K, 1, 1, 3, true>
// instantiate: linear_few<Q3_K, Q5_K, 1, 1, 3, false>
// instantiate: linear_few<Q4_0, Q6_K, 1, 1, 3, true>
// instantiate: linear_few<Q4_0, Q6_K, 1, 1, 3, false>
