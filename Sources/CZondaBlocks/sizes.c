#include "include/zonda_blocks.h"

static const struct {
    int columns, bytes;
} blocks[ZONDA_TYPE_COUNT] = {
    [ZONDA_F32] = {1, 4},         [ZONDA_F16] = {1, 2},        [ZONDA_BF16] = {1, 2},       [ZONDA_Q1_0] = {128, 18},
    [ZONDA_Q2_0] = {64, 18},      [ZONDA_Q4_0] = {32, 18},     [ZONDA_Q4_1] = {32, 20},     [ZONDA_Q5_0] = {32, 22},
    [ZONDA_Q5_1] = {32, 24},      [ZONDA_Q8_0] = {32, 34},     [ZONDA_Q8_1] = {32, 36},     [ZONDA_Q2_K] = {256, 84},
    [ZONDA_Q3_K] = {256, 110},    [ZONDA_Q4_K] = {256, 144},   [ZONDA_Q5_K] = {256, 176},   [ZONDA_Q6_K] = {256, 210},
    [ZONDA_Q8_K] = {256, 292},    [ZONDA_IQ4_NL] = {32, 18},   [ZONDA_IQ4_XS] = {256, 136}, [ZONDA_MXFP4] = {32, 17},
    [ZONDA_NVFP4] = {64, 36},     [ZONDA_IQ2_XXS] = {256, 66}, [ZONDA_IQ2_XS] = {256, 74},  [ZONDA_IQ2_S] = {256, 82},
    [ZONDA_IQ3_XXS] = {256, 98},  [ZONDA_IQ3_S] = {256, 110},  [ZONDA_IQ1_S] = {256, 50},   [ZONDA_IQ1_M] = {256, 56},
    [ZONDA_TQ1_0] = {256, 54},    [ZONDA_TQ2_0] = {256, 66},
};

int zonda_block_columns(zonda_type type) { return (unsigned)type < ZONDA_TYPE_COUNT ? blocks[type].columns : 0; }
int zonda_block_bytes(zonda_type type) { return (unsigned)type < ZONDA_TYPE_COUNT ? blocks[type].bytes : 0; }
