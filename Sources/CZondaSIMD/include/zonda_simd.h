// Kernels for the CPU: one table of functions per instruction set, chosen at run time.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonda_attention.h"
#include "zonda_linear.h"
#include "zonda_measure.h"
#include "zonda_rows.h"

/// An instruction set that the kernels were compiled for.
typedef enum {
    ZONDA_ISA_PORTABLE = 0,  ///< plain C; runs everywhere, slowly
    ZONDA_ISA_NEON = 1,      ///< AArch64
    ZONDA_ISA_AVX2 = 2,      ///< x86-64 with AVX2, FMA and F16C
    ZONDA_ISA_AVX512 = 3,    ///< x86-64 with AVX-512 F, BW, VL, DQ, VNNI and BF16
} zonda_isa;

enum { ZONDA_ISA_COUNT = 4 };

/// The kernels of one instruction set. Immutable; any thread may use it.
typedef struct zonda_kernels {
    zonda_isa isa;
    const char *name;  ///< "portable", "neon", "avx2" or "avx512"
    int lanes;         ///< 32-bit lanes of a vector
    zonda_linear_kernels linear;
    zonda_rows_kernels rows;
    zonda_attention_kernels attention;
    zonda_measure_kernels measure;
} zonda_kernels;

/// The fastest instruction set of this machine.
zonda_isa zonda_best_isa(void);

/// Whether this build has kernels for `isa` and this machine can run them.
bool zonda_isa_supported(zonda_isa isa);

/// The kernels for `isa`, or NULL when `zonda_isa_supported(isa)` is false.
const zonda_kernels *zonda_kernels_for(zonda_isa isa);
