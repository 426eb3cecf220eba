#include "zonda.cuh"
#include "zonda_sampling.h"

namespace {
#include "sampling.cu"

ZONDA_EMULATE(sample_scan);
ZONDA_EMULATE(sample_weigh);
ZONDA_EMULATE(sample_draw);
}  // namespace
