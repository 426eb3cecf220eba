// Compares the products of all instruction sets that run here, bit for bit, on random packed bytes of every type: for
// machines whose Swift tests can't run, such as NEON under an emulator (`make agree-neon`; on Debian gcc-aarch64-linux-gnu
// and qemu-user).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonda_simd.h"

enum { OUTPUTS = 20, MOST_ROWS = 14 };

static uint32_t seed = 1;
static uint32_t next(void) { return seed = seed * 1664525 + 1013904223; }
static void *allocate(size_t bytes) { return aligned_alloc(64, (bytes + 127) / 64 * 64); }

static void multiply(const zonda_kernels *kernels, zonda_weight weight, bool exact, const float *x, int rows, float *y) {
    zonda_panel_kind kind = zonda_panels_for(weight.type, exact);
    void *panels = allocate(zonda_panel_bytes(kind, rows, weight.columns));
    void *scratch = allocate(kernels->linear.scratch_bytes);
    kernels->linear.make_panels(kind, x, weight.columns, NULL, rows, weight.columns, 0, rows, panels);
    zonda_linear_op op = {weight, kind, panels, rows, NULL, y, OUTPUTS};
    kernels->linear.linear(&op, 0, rows, 0, OUTPUTS, scratch);
    free(panels), free(scratch);
}

static int differences(const zonda_kernels *kernels, zonda_type type) {
    const zonda_kernels *portable = zonda_kernels_for(ZONDA_ISA_PORTABLE);
    int block = zonda_block_columns(type), columns = block == 1 ? 300 : (320 + block - 1) / block * block, count = 0;
    size_t bytes = zonda_packed_bytes(type, OUTPUTS, columns);
    uint32_t *packed = allocate(bytes);
    for (size_t i = 0; i < bytes / 4; i++) packed[i] = next() >> 1 & 0x3fff3fff;
    float *x = allocate(sizeof(float) * MOST_ROWS * (size_t)columns), y[2][MOST_ROWS * OUTPUTS];
    for (int i = 0; i < MOST_ROWS * columns; i++) x[i] = (float)(int32_t)next() * 0x1p-30f;
    for (int rows = 1; rows <= MOST_ROWS; rows++)
        for (int exact = 0; exact < 2; exact++) {
            zonda_weight weight = {type, OUTPUTS, columns, packed, NULL, 0};
            multiply(portable, weight, exact, x, rows, y[0]);
            multiply(kernels, weight, exact, x, rows, y[1]);
            for (int i = 0; i < rows * OUTPUTS; i++)
                count += memcmp(&y[0][i], &y[1][i], 4) != 0 && !(isnan(y[0][i]) && isnan(y[1][i]));
        }
    free(packed), free(x);
    return count;
}

int main(void) {
    int total = 0;
    for (int isa = 1; isa < ZONDA_ISA_COUNT; isa++) {
        const zonda_kernels *kernels = zonda_kernels_for((zonda_isa)isa);
        if (!kernels) continue;
        int count = 0;
        for (int type = 0; type < ZONDA_TYPE_COUNT; type++) count += differences(kernels, (zonda_type)type);
        printf("%s differs from portable in %d results\n", kernels->name, count);
        total += count;
    }
    return total != 0;
}
