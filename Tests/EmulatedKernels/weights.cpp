#include "zonda.cuh"
#include "zonda_pack.h"

namespace {
#include "pack_weights.cu"
#include "embed.cu"
#include "expand.cu"

ZONDA_EMULATE(pack_blocks<FileQ4_0>);
ZONDA_EMULATE(pack_blocks<FileQ4_1>);
ZONDA_EMULATE(pack_blocks<FileQ5_0>);
ZONDA_EMULATE(pack_blocks<FileQ5_1>);
ZONDA_EMULATE(pack_blocks<FileQ8_0>);
ZONDA_EMULATE(pack_blocks<FileQ8_1>);
ZONDA_EMULATE(pack_blocks<FileQ1_0>);
ZONDA_EMULATE(pack_blocks<FileQ2_0>);
ZONDA_EMULATE(pack_blocks<FileIQ4_NL>);
ZONDA_EMULATE(pack_blocks<FileIQ4_XS>);
ZONDA_EMULATE(pack_blocks<FileMXFP4>);
ZONDA_EMULATE(pack_blocks<FileNVFP4>);
ZONDA_EMULATE(pack_blocks<FileQ2_K>);
ZONDA_EMULATE(pack_blocks<FileQ3_K>);
ZONDA_EMULATE(pack_blocks<FileQ4_K>);
ZONDA_EMULATE(pack_blocks<FileQ5_K>);
ZONDA_EMULATE(pack_blocks<FileQ6_K>);
ZONDA_EMULATE(pack_blocks<FileX8>);
ZONDA_EMULATE(pack_numbers<F32>);
ZONDA_EMULATE(pack_numbers<F16>);
ZONDA_EMULATE(pack_numbers<BF16>);
ZONDA_EMULATE(embed<Q4_0>);
ZONDA_EMULATE(embed<Q4_1>);
ZONDA_EMULATE(embed<Q5_0>);
ZONDA_EMULATE(embed<Q5_1>);
ZONDA_EMULATE(embed<Q8_0>);
ZONDA_EMULATE(embed<IQ4_NL>);
ZONDA_EMULATE(embed<MXFP4>);
ZONDA_EMULATE(embed<NVFP4>);
ZONDA_EMULATE(embed<Q2_K>);
ZONDA_EMULATE(embed<Q3_K>);
ZONDA_EMULATE(embed<Q4_K>);
ZONDA_EMULATE(embed<Q5_K>);
ZONDA_EMULATE(embed<Q6_K>);
ZONDA_EMULATE(embed<IQ4_XS>);
ZONDA_EMULATE(embed<X8>);
ZONDA_EMULATE(embed<F16>);
ZONDA_EMULATE(embed<BF16>);
ZONDA_EMULATE(embed<F32>);
ZONDA_EMULATE(expand<Q4_0>);
ZONDA_EMULATE(expand<Q4_1>);
ZONDA_EMULATE(expand<Q5_0>);
ZONDA_EMULATE(expand<Q5_1>);
ZONDA_EMULATE(expand<Q8_0>);
ZONDA_EMULATE(expand<IQ4_NL>);
ZONDA_EMULATE(expand<MXFP4>);
ZONDA_EMULATE(expand<NVFP4>);
ZONDA_EMULATE(expand<Q2_K>);
ZONDA_EMULATE(expand<Q3_K>);
ZONDA_EMULATE(expand<Q4_K>);
ZONDA_EMULATE(expand<Q5_K>);
ZONDA_EMULATE(expand<Q6_K>);
ZONDA_EMULATE(expand<IQ4_XS>);
ZONDA_EMULATE(expand<X8>);
ZONDA_EMULATE(expand<F16>);
ZONDA_EMULATE(expand<BF16>);
ZONDA_EMULATE(expand<F32>);
}  // namespace
