#include "zonda.cuh"
#include "zonda_row_kernels.h"

namespace {
#include "row_copies.cu"

ZONDA_EMULATE(gather<float, 4>);
ZONDA_EMULATE(gather<float, 1>);
ZONDA_EMULATE(gather<bf16, 4>);
ZONDA_EMULATE(gather<bf16, 1>);
ZONDA_EMULATE(gather<f16, 4>);
ZONDA_EMULATE(gather<f16, 1>);
ZONDA_EMULATE(copy_words<uint4>);
ZONDA_EMULATE(copy_words<uint32_t>);
ZONDA_EMULATE(fill_words<uint4>);
ZONDA_EMULATE(fill_words<uint32_t>);
ZONDA_EMULATE(resolve_tokens);
}  // namespace
