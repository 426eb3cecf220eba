#include "zonda.cuh"
#include "zonda_pack.h"

namespace {
#include "pack_weights.cu"

ZONDA_EMULATE(pack_numbers<F32>);
ZONDA_EMULATE(pack_numbers<F16>);
ZONDA_EMULATE(pack_numbers<BF16>);
ZONDA_EMULATE(pack_blocks<FileQ4_1>);
ZONDA_EMULATE(pack_blocks<FileQ8_0>);
}  // namespace
