#include "zonda.cuh"
#include "zonda_linear_kernels.h"

namespace {
#include "prepare_rows.cu"

ZONDA_EMULATE(prepare_rows<f16, 1>);
ZONDA_EMULATE(prepare_rows<bf16, 1>);
ZONDA_EMULATE(prepare_rows<bf16, 2>);
}  // namespace
