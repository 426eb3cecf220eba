#include "zonda.cuh"
#include "zonda_linear_kernels.h"

namespace {
#include "linear_many.cu"

ZONDA_EMULATE(linear_many<Q4_0, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q4_1, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q5_0, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q5_1, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q8_0, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<IQ4_NL, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<MXFP4, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<NVFP4, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q2_K, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q3_K, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q4_K, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q5_K, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q6_K, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<IQ4_XS, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<X8, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<F16, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<BF16, 2, 2, 2, 3>);
ZONDA_EMULATE(linear_many<F32, 2, 2, 2, 3>);
ZONDA_EMULATE(linear_many<F32, 4, 2, 2, 3>);
ZONDA_EMULATE(linear_many<F32, 8, 2, 2, 2>);
ZONDA_EMULATE(linear_many<F32, 8, 2, 1, 3>);
ZONDA_EMULATE(linear_many<Q4_K, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q4_0, 16, 1, 1, 4>);
ZONDA_EMULATE(linear_many<Q4_1, 8, 1, 1, 4>);
ZONDA_EMULATE(linear_many<Q4_K, 12, 1, 1, 4>);
ZONDA_EMULATE(linear_many<Q6_K, 12, 1, 1, 4>);
ZONDA_EMULATE(linear_many<BF16, 16, 1, 1, 4>);
ZONDA_EMULATE(linear_many<BF16, 4, 2, 2, 3>);
ZONDA_EMULATE(linear_many<BF16, 8, 2, 2, 3>);
ZONDA_EMULATE(linear_many<BF16, 8, 2, 1, 3>);
ZONDA_EMULATE(linear_many<F16, 4, 1, 2, 4>);
ZONDA_EMULATE(linear_many<F16, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<F16, 16, 1, 1, 4>);
ZONDA_EMULATE(linear_many<Q8_0, 4, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q8_0, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q8_0, 16, 1, 1, 4>);
ZONDA_EMULATE(linear_many<Q4_1, 4, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q4_1, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q4_1, 12, 1, 1, 4>);
ZONDA_EMULATE(linear_many<Q4_0, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q5_0, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q5_1, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<IQ4_NL, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<MXFP4, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<NVFP4, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q2_K, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q3_K, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q5_K, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<Q6_K, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<IQ4_XS, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<F32, 8, 2, 2, 3>);
ZONDA_EMULATE(linear_many<X8, 4, 1, 2, 4>);
ZONDA_EMULATE(linear_many<X8, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<X8, 12, 1, 1, 4>);
}  // namespace
