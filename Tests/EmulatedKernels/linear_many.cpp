#include "zonda.cuh"
#include "zonda_linear_kernels.h"

namespace {
#include "linear_many.cu"

ZONDA_EMULATE(linear_many<BF16, 2, 2, 2, 3>);
ZONDA_EMULATE(linear_many<BF16, 4, 2, 2, 3>);
ZONDA_EMULATE(linear_many<BF16, 8, 2, 2, 3>);
ZONDA_EMULATE(linear_many<BF16, 16, 1, 1, 4>);
ZONDA_EMULATE(linear_many<BF16, 8, 2, 1, 3>);
ZONDA_EMULATE(linear_many<F16, 2, 1, 2, 4>);
ZONDA_EMULATE(linear_many<F16, 4, 1, 2, 4>);
ZONDA_EMULATE(linear_many<F16, 8, 1, 2, 4>);
ZONDA_EMULATE(linear_many<F16, 16, 1, 1, 4>);
}  // namespace
