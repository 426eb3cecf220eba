#include "zonda.cuh"
#include "zonda_paged_attention.h"

namespace {
#include "attention_plain.cu"

ZONDA_EMULATE(attention_plain<float>);
ZONDA_EMULATE(attention_plain<f16>);
ZONDA_EMULATE(attention_plain<bf16>);
ZONDA_EMULATE(attention_plain<e4m3>);
}  // namespace
