#include "zonda.cuh"
#include "zonda_row_kernels.h"

namespace {
#include "combine.cu"

ZONDA_EMULATE(combine<float, 4>);
ZONDA_EMULATE(combine<float, 1>);
ZONDA_EMULATE(combine<bf16, 4>);
ZONDA_EMULATE(combine<bf16, 1>);
ZONDA_EMULATE(combine<f16, 4>);
ZONDA_EMULATE(combine<f16, 1>);
ZONDA_EMULATE(combine_normed<4, 2>);
ZONDA_EMULATE(combine_normed<4, 8>);
ZONDA_EMULATE(combine_normed<1, 8>);
}  // namespace
