#include "zonda.cuh"
#include "zonda_experts.h"

namespace {
#include "expert_few.cu"

ZONDA_EMULATE(expert_few<Q4_K, 1, 4, true>);
ZONDA_EMULATE(expert_few<Q4_K, 1, 4, false>);
ZONDA_EMULATE(expert_few<Q6_K, 1, 3, true>);
ZONDA_EMULATE(expert_few<Q6_K, 1, 3, false>);
ZONDA_EMULATE(expert_few<Q8_0, 1, 4, true>);
ZONDA_EMULATE(expert_few<Q8_0, 1, 4, false>);
ZONDA_EMULATE(expert_few<Q4_1, 1, 4, true>);
ZONDA_EMULATE(expert_few<Q4_1, 1, 4, false>);
ZONDA_EMULATE(expert_few<BF16, 2, 5, true>);
ZONDA_EMULATE(expert_few<BF16, 2, 5, false>);
ZONDA_EMULATE(expert_few<F32, 2, 5, true>);
ZONDA_EMULATE(expert_few<F32, 2, 5, false>);
ZONDA_EMULATE(expert_few<Q4_0, 1, 4, true>);
ZONDA_EMULATE(expert_few<Q4_0, 1, 4, false>);
ZONDA_EMULATE(expert_few<F16, 1, 5, true>);
ZONDA_EMULATE(expert_few<F16, 1, 5, false>);
ZONDA_EMULATE(expert_few<Q5_0, 1, 5, true>);
ZONDA_EMULATE(expert_few<Q5_0, 1, 5, false>);
}  // namespace
