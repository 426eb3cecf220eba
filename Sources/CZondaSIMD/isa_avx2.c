// All kernels, compiled for AVX2 + FMA + F16C.
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/zonda_simd.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Every header must come before this: an inline function of a library would otherwise be compiled for this target too,
// and the linker might give it to callers on lesser machines.
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define ZONDA_AVX2
#include "Vectors/vectors.h"
#include "Vectors/functions.h"

#include "Attention/attention.h"
#include "Linear/linear.h"
#include "Measure/measure.h"
#include "Rows/rows.h"

const zonda_kernels zonda_kernels_avx2 = {
    .isa = ZONDA_ISA_AVX2,
    .name = "avx2",
    .lanes = LANES,
    .linear = LINEAR_KERNELS,
    .rows = ROWS_KERNELS,
    .attention = ATTENTION_KERNELS,
    .measure = MEASURE_KERNELS,
};

#pragma clang attribute pop
#endif
