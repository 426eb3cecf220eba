#include "zonda.cuh"
#include "zonda_row_kernels.h"

namespace {
#include "norm.cu"

ZONDA_EMULATE(norm_rows<float, 4, 2>);
ZONDA_EMULATE(norm_rows<float, 4, 8>);
ZONDA_EMULATE(norm_rows<float, 1, 16>);
ZONDA_EMULATE(norm_rows<bf16, 4, 2>);
ZONDA_EMULATE(norm_rows<bf16, 4, 8>);
ZONDA_EMULATE(norm_rows<bf16, 1, 16>);
ZONDA_EMULATE(norm_rows<f16, 4, 2>);
ZONDA_EMULATE(norm_rows<f16, 4, 8>);
ZONDA_EMULATE(norm_rows<f16, 1, 16>);
ZONDA_EMULATE(norm_heads<4>);
ZONDA_EMULATE(norm_heads<1>);
}  // namespace
