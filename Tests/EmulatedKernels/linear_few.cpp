#include "zonda.cuh"
#include "zonda_linear_kernels.h"

namespace {
#include "linear_few.cu"

ZONDA_EMULATE(linear_few<BF16, BF16, 1, 2, 4, true>);
ZONDA_EMULATE(linear_few<BF16, BF16, 1, 2, 4, false>);
ZONDA_EMULATE(linear_few<F16, F16, 1, 1, 4, true>);
ZONDA_EMULATE(linear_few<F16, F16, 1, 1, 4, false>);
ZONDA_EMULATE(linear_few<F32, F32, 1, 2, 4, true>);
ZONDA_EMULATE(linear_few<F32, F32, 1, 2, 4, false>);
}  // namespace
