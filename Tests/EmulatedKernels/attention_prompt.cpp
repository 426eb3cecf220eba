#include "zonda.cuh"
#include "zonda_paged_attention.h"

namespace {
#include "attention_prompt.cu"

ZONDA_EMULATE(attention_prompt<f16, 16>);
ZONDA_EMULATE(attention_prompt<f16, 32>);
ZONDA_EMULATE(attention_prompt<f16, 64>);
ZONDA_EMULATE(attention_prompt<f16, 80>);
ZONDA_EMULATE(attention_prompt<f16, 96>);
ZONDA_EMULATE(attention_prompt<f16, 112>);
ZONDA_EMULATE(attention_prompt<f16, 128>);
ZONDA_EMULATE(attention_prompt<f16, 192>);
ZONDA_EMULATE(attention_prompt<f16, 256>);
ZONDA_EMULATE(attention_prompt<bf16, 16>);
ZONDA_EMULATE(attention_prompt<bf16, 64>);
ZONDA_EMULATE(attention_prompt<bf16, 128>);
ZONDA_EMULATE(attention_prompt<bf16, 256>);
ZONDA_EMULATE(attention_prompt<e4m3, 16>);
ZONDA_EMULATE(attention_prompt<e4m3, 32>);
ZONDA_EMULATE(attention_prompt<e4m3, 64>);
ZONDA_EMULATE(attention_prompt<e4m3, 128>);
ZONDA_EMULATE(attention_prompt<e4m3, 256>);
}  // namespace
