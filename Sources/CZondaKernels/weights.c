#include "include/zonda_gpu_weights.h"

typedef struct {
    int16_t unit_columns, unit_bytes, record_units;
} Layout;

// Fields of 8, 4, 2 and 1 bits of 32 columns and 16 rows take 512, 256, 128 and 64 bytes; the rest are scales.
static const Layout layouts[ZONDA_LAYOUT_COUNT] = {
    [ZONDA_LAYOUT_F32] = {32, 2048, 1},
    [ZONDA_LAYOUT_F16] = {32, 1024, 2},
    [ZONDA_LAYOUT_BF16] = {32, 1024, 2},
    [ZONDA_LAYOUT_Q4_0] = {32, 256 + 32, 8},
    [ZONDA_LAYOUT_Q4_1] = {32, 256 + 64, 8},
    [ZONDA_LAYOUT_Q5_0] = {32, 256 + 64 + 32, 4},
    [ZONDA_LAYOUT_Q5_1] = {32, 256 + 64 + 64, 4},
    [ZONDA_LAYOUT_Q8_0] = {32, 512 + 32, 4},
    [ZONDA_LAYOUT_IQ4_NL] = {32, 256 + 32, 8},
    [ZONDA_LAYOUT_MXFP4] = {32, 256 + 16, 8},
    [ZONDA_LAYOUT_NVFP4] = {32, 256 + 32, 8},
    [ZONDA_LAYOUT_Q2_K] = {256, 8 * 128 + 64 + 256, 1},
    [ZONDA_LAYOUT_Q3_K] = {256, 8 * 192 + 32 + 256, 1},
    [ZONDA_LAYOUT_Q4_K] = {256, 8 * 256 + 64 + 256, 1},
    [ZONDA_LAYOUT_Q5_K] = {256, 8 * 320 + 64 + 256, 1},
    [ZONDA_LAYOUT_Q6_K] = {256, 8 * 384 + 32 + 256, 1},
    [ZONDA_LAYOUT_IQ4_XS] = {256, 8 * 256 + 32 + 128, 1},
    [ZONDA_LAYOUT_X8] = {256, 8 * 512 + 64 + 256, 1},
};

int32_t zonda_gpu_unit_columns(zonda_gpu_layout layout) { return layouts[layout].unit_columns; }
int32_t zonda_gpu_unit_bytes(zonda_gpu_layout layout) { return layouts[layout].unit_bytes; }
int32_t zonda_gpu_record_units(zonda_gpu_layout layout) { return layouts[layout].record_units; }

uint64_t zonda_gpu_weight_bytes(zonda_gpu_layout layout, int64_t rows, int64_t columns) {
    if (rows <= 0 || columns <= 0 || columns > 1 << 24 || rows > INT32_MAX) return 0;
    Layout l = layouts[layout];
    uint64_t tiles = ((uint64_t)rows + ZONDA_GPU_TILE_ROWS - 1) / ZONDA_GPU_TILE_ROWS;
    uint64_t units = ((uint64_t)columns + (uint64_t)l.unit_columns - 1) / (uint64_t)l.unit_columns;
    return tiles * units * (uint64_t)l.unit_bytes;
}

// Odd, so that the same 16 bytes of neighbouring rows lie in different banks of shared memory.
int32_t zonda_gpu_activation_stride(int32_t columns) { return ((columns + 31) / 32 | 1) * 32; }
int32_t zonda_gpu_sum_stride(int32_t columns) { return (columns + 31) / 32 * 2 + 4; }
