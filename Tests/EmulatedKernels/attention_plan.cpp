#include "zonda.cuh"
#include "zonda_paged_attention.h"

namespace {
#include "attention_plan.cu"

ZONDA_EMULATE(attention_plan);
}  // namespace
