// Linear layers of 9 rows and more: our own matrix product, weights dequantized on their way into tensor cores.
//
// Rows come from prepare_rows. Chunks of 64 of their columns are staged in shared memory for all eight warps of a block;
// each warp owns a tile of 16 outputs, whose fields it copies ahead to shared memory of its own and unpacks in registers,
// so a weight is unpacked once for all rows of the block. All copies are cp.async, one group a chunk.
//
// splits = 2, up to 64 rows a block: warps 0-3 take the first half of the columns of four tiles, warps 4-7 the second, so
//   that small batches fill the GPU. Sums are those of linear_few, bit for bit (each run of a tile's eight by itself, then
//   added in order): batches and prompts of any length can use it when answers must not depend on their company.
// splits = 1: 128 outputs x 128 rows (tiles = 16; 12 or 8 where scales and minima leave too few registers), one sum over all
//   columns.
//   grid (row blocks of 8 tiles rows, output blocks of 8 / splits tiles), 256 threads. With a gate, half of a block's tiles
//   are the gate's. All parts have layout W.
//   shared bytes: stages * 1024 * tiles * splits * terms + 8 * slots * slot, at least 4096 * tiles; slots and slot are 2
//   and the unit of 256 columns, or `stages` and two units of 32.
#include "linear_many.cuh"

template <typename W, int tiles, int terms, int splits, int stages>
__global__ void __launch_bounds__(256, 1)
linear_many(const __grid_constant__ zonda_linear_arguments args) {
    multiply_many<W, tiles, terms, splits, stages>(args, BlockOfRows<tiles>());
}

// instantiate: linear_many<Q4_0, 2, 1, 2, 4>
// instantiate: linear_many<Q4_0, 4, 1, 2, 4>
// instantiate: linear_many<Q4_0, 8, 1, 2, 4>
// instantiate: linear_many<Q4_0, 16, 1, 1, 4>
// instantiate: linear_many<Q4_1, 2, 1, 2, 4>
// instantiate: linear_many<Q4_1, 4, 1, 2, 4>
// instantiate: linear_many<Q4_1, 8, 1, 2, 4>
// instantiate: linear_many<Q4_1, 8, 1, 1, 4>
// instantiate: linear_many<Q5_0, 2, 1, 2, 4>
// instantiate: linear_many<Q5_0, 4, 1, 2, 4>
// instantiate: linear_many<Q5_0, 8, 1, 2, 4>
// instantiate: linear_many<Q5_0, 16, 1, 1, 4>
// instantiate: linear_many<Q5_1, 2, 1, 2, 4>
// instantiate: linear_many<Q5_1, 4, 1, 2, 4>
// instantiate: linear_many<Q5_1, 8, 1, 2, 4>
// instantiate: linear_many<Q5_1, 8, 1, 1, 4>
// instantiate: linear_many<Q8_0, 2, 1, 2, 4>
// instantiate: linear_many<Q8_0, 4, 1, 2, 4>
// instantiate: linear_many<Q8_0, 8, 1, 2, 4>
// instantiate: linear_many<Q8_0, 16, 1, 1, 4>
// instantiate: linear_many<IQ4_NL, 2, 1, 2, 4>
// instantiate: linear_many<IQ4_NL, 4, 1, 2, 4>
// instantiate: linear_many<IQ4_NL, 8, 1, 2, 4>
// instantiate: linear_many<IQ4_NL, 16, 1, 1, 4>
// instantiate: linear_many<MXFP4, 2, 1, 2, 4>
// instantiate: linear_many<MXFP4, 4, 1, 2, 4>
// instantiate: linear_many<MXFP4, 8, 1, 2, 4>
// instantiate: linear_many<MXFP4, 16, 1, 1, 4>
// instantiate: linear_many<NVFP4, 2, 1, 2, 4>
// instantiate: linear_many<NVFP4, 4, 1, 2, 4>
// instantiate: linear_many<NVFP4, 8, 1, 2, 4>
// instantiate: linear_many<NVFP4, 16, 1, 1, 4>
// instantiate: linear_many<Q2_K, 2, 1, 2, 4>
// instantiate: linear_many<Q2_K, 4, 1, 2, 4>
// instantiate: linear_many<Q2_K, 8, 1, 2, 4>
// instantiate: linear_many<Q2_K, 12, 1, 1, 4>
// instantiate: linear_many<Q3_K, 2, 1, 2, 4>
// instantiate: linear_many<Q3_K, 4, 1, 2, 4>
// instantiate: linear_many<Q3_K, 8, 1, 2, 4>
// instantiate: linear_many<Q3_K, 12, 1, 1, 4>
// instantiate: linear_many<Q4_K, 2, 1, 2, 4>
// instantiate: linear_many<Q4_K, 4, 1, 2, 4>
// instantiate: linear_many<Q4_K, 8, 1, 2, 4>
// instantiate: linear_many<Q4_K, 12, 1, 1, 4>
// instantiate: linear_many<Q5_K, 2, 1, 2, 4>
// instantiate: linear_many<Q5_K, 4, 1, 2, 4>
// instantiate: linear_many<Q5_K, 8, 1, 2, 4>
// instantiate: linear_many<Q5_K, 12, 1, 1, 4>
// instantiate: linear_many<Q6_K, 2, 1, 2, 4>
// instantiate: linear_many<Q6_K, 4, 1, 2, 4>
// instantiate: linear_many<Q6_K, 8, 1, 2, 4>
// instantiate: linear_many<Q6_K, 12, 1, 1, 4>
// instantiate: linear_many<IQ4_XS, 2, 1, 2, 4>
// instantiate: linear_many<IQ4_XS, 4, 1, 2, 4>
// instantiate: linear_many<IQ4_XS, 8, 1, 2, 4>
// instantiate: linear_many<IQ4_XS, 16, 1, 1, 4>
// instantiate: linear_many<X8, 2, 1, 2, 4>
// instantiate: linear_many<X8, 4, 1, 2, 4>
// instantiate: linear_many<X8, 8, 1, 2, 4>
// instantiate: linear_many<X8, 12, 1, 1, 4>
// instantiate: linear_many<F16, 2, 1, 2, 4>
// instantiate: linear_many<F16, 4, 1, 2, 4>
// instantiate: linear_many<F16, 8, 1, 2, 4>
// instantiate: linear_many<F16, 16, 1, 1, 4>
// instantiate: linear_many<BF16, 2, 2, 2, 3>
// instantiate: linear_many<BF16, 4, 2, 2, 3>
// instantiate: linear_many<BF16, 8, 2, 2, 3>
// instantiate: linear_many<BF16, 16, 1, 1, 4>
// instantiate: linear_many<F32, 2, 2, 2, 3>
// instantiate: linear_many<F32, 4, 2, 2, 3>
// instantiate: linear_many<F32, 8, 2, 2, 3>
// instantiate: linear_many<F32, 8, 2, 1, 3>
