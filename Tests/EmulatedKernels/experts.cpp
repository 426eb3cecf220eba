#include "zonda.cuh"
#include "zonda_experts.h"

namespace {
#include "experts.cu"

ZONDA_EMULATE(expert_route);
ZONDA_EMULATE(expert_group);
ZONDA_EMULATE(expert_mix<4>);
ZONDA_EMULATE(expert_mix<1>);
}  // namespace
