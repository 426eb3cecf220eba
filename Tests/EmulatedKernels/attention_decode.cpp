#include "zonda.cuh"
#include "zonda_paged_attention.h"

namespace {
#include "attention_decode.cu"

ZONDA_EMULATE(attention_decode<f16, 16>);
ZONDA_EMULATE(attention_decode<f16, 32>);
ZONDA_EMULATE(attention_decode<f16, 64>);
ZONDA_EMULATE(attention_decode<f16, 80>);
ZONDA_EMULATE(attention_decode<f16, 96>);
ZONDA_EMULATE(attention_decode<f16, 112>);
ZONDA_EMULATE(attention_decode<f16, 128>);
ZONDA_EMULATE(attention_decode<f16, 192>);
ZONDA_EMULATE(attention_decode<f16, 256>);
ZONDA_EMULATE(attention_decode<bf16, 16>);
ZONDA_EMULATE(attention_decode<bf16, 64>);
ZONDA_EMULATE(attention_decode<bf16, 128>);
ZONDA_EMULATE(attention_decode<bf16, 256>);
ZONDA_EMULATE(attention_decode<e4m3, 16>);
ZONDA_EMULATE(attention_decode<e4m3, 32>);
ZONDA_EMULATE(attention_decode<e4m3, 64>);
ZONDA_EMULATE(attention_decode<e4m3, 128>);
ZONDA_EMULATE(attention_decode<e4m3, 256>);
}  // namespace
