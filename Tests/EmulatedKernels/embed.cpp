#include "zonda.cuh"
#include "zonda_pack.h"

namespace {
#include "embed.cu"

ZONDA_EMULATE(embed<F32>);
ZONDA_EMULATE(embed<F16>);
ZONDA_EMULATE(embed<BF16>);
ZONDA_EMULATE(embed<Q8_0>);
}  // namespace
