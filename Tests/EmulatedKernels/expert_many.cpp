#include "zonda.cuh"
#include "zonda_experts.h"

namespace {
#include "expert_many.cu"

ZONDA_EMULATE(expert_many<Q4_K, 2, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q4_K, 8, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q4_K, 12, 1, 1, 4>);
ZONDA_EMULATE(expert_many<Q6_K, 2, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q6_K, 8, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q6_K, 12, 1, 1, 4>);
ZONDA_EMULATE(expert_many<Q8_0, 2, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q8_0, 8, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q8_0, 12, 1, 1, 4>);
ZONDA_EMULATE(expert_many<Q4_1, 2, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q4_1, 8, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q4_1, 8, 1, 1, 4>);
ZONDA_EMULATE(expert_many<BF16, 2, 2, 2, 3>);
ZONDA_EMULATE(expert_many<BF16, 8, 2, 2, 3>);
ZONDA_EMULATE(expert_many<BF16, 12, 1, 1, 4>);
ZONDA_EMULATE(expert_many<F32, 2, 2, 2, 3>);
ZONDA_EMULATE(expert_many<F32, 8, 2, 2, 3>);
ZONDA_EMULATE(expert_many<F32, 8, 2, 2, 2>);
ZONDA_EMULATE(expert_many<F32, 8, 2, 1, 3>);
ZONDA_EMULATE(expert_many<Q4_0, 2, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q4_0, 8, 1, 2, 4>);
ZONDA_EMULATE(expert_many<F16, 2, 1, 2, 4>);
ZONDA_EMULATE(expert_many<F16, 8, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q5_0, 2, 1, 2, 4>);
ZONDA_EMULATE(expert_many<Q5_0, 8, 1, 2, 4>);
}  // namespace
