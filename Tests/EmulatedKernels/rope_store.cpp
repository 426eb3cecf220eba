#include "zonda.cuh"
#include "zonda_rope_store.h"

namespace {
#include "rope_store.cu"

ZONDA_EMULATE(rope_store<f16>);
ZONDA_EMULATE(rope_store<bf16>);
ZONDA_EMULATE(rope_store<e4m3>);
ZONDA_EMULATE(rope_store<float>);
}  // namespace
