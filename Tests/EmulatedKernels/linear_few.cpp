#include "zonda.cuh"
#include "zonda_linear_kernels.h"

namespace {
#include "linear_few.cu"
#include "prepare_rows.cu"

ZONDA_EMULATE(prepare_rows<f16, 1>);
ZONDA_EMULATE(prepare_rows<bf16, 1>);
ZONDA_EMULATE(prepare_rows<bf16, 2>);
ZONDA_EMULATE(linear_few<Q4_0, Q4_0, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<Q4_1, Q4_1, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<Q5_0, Q5_0, 1, 1, 5, true>);
ZONDA_EMULATE(linear_few<Q5_1, Q5_1, 1, 1, 5, true>);
ZONDA_EMULATE(linear_few<Q8_0, Q8_0, 1, 1, 5, true>);
ZONDA_EMULATE(linear_few<IQ4_NL, IQ4_NL, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<MXFP4, MXFP4, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<NVFP4, NVFP4, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<Q2_K, Q2_K, 1, 1, 6, true>);
ZONDA_EMULATE(linear_few<Q3_K, Q3_K, 1, 1, 5, true>);
ZONDA_EMULATE(linear_few<Q4_K, Q4_K, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<Q5_K, Q5_K, 1, 1, 3, true>);
ZONDA_EMULATE(linear_few<Q6_K, Q6_K, 1, 1, 3, true>);
ZONDA_EMULATE(linear_few<IQ4_XS, IQ4_XS, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<X8, X8, 1, 1, 2, true>);
ZONDA_EMULATE(linear_few<F16, F16, 1, 1, 5, true>);
ZONDA_EMULATE(linear_few<BF16, BF16, 1, 2, 5, true>);
ZONDA_EMULATE(linear_few<F32, F32, 1, 2, 5, true>);
ZONDA_EMULATE(linear_few<Q4_K, Q6_K, 1, 1, 3, true>);
ZONDA_EMULATE(linear_few<Q4_K, Q6_K, 1, 1, 3, false>);
ZONDA_EMULATE(linear_few<BF16, BF16, 1, 2, 5, false>);
ZONDA_EMULATE(linear_few<F16, F16, 1, 1, 5, false>);
ZONDA_EMULATE(linear_few<F32, F32, 1, 2, 5, false>);
ZONDA_EMULATE(linear_few<Q8_0, Q8_0, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<Q8_0, Q8_0, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<Q4_1, Q4_1, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<Q4_0, Q4_0, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<Q5_0, Q5_0, 1, 1, 5, false>);
ZONDA_EMULATE(linear_few<Q5_1, Q5_1, 1, 1, 5, false>);
ZONDA_EMULATE(linear_few<IQ4_NL, IQ4_NL, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<MXFP4, MXFP4, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<NVFP4, NVFP4, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<Q2_K, Q2_K, 1, 1, 5, true>);
ZONDA_EMULATE(linear_few<Q2_K, Q2_K, 1, 1, 5, false>);
ZONDA_EMULATE(linear_few<Q3_K, Q3_K, 1, 1, 5, false>);
ZONDA_EMULATE(linear_few<Q4_K, Q4_K, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<Q5_K, Q5_K, 1, 1, 3, false>);
ZONDA_EMULATE(linear_few<Q6_K, Q6_K, 1, 1, 3, false>);
ZONDA_EMULATE(linear_few<IQ4_XS, IQ4_XS, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<X8, X8, 1, 1, 2, false>);
}  // namespace
