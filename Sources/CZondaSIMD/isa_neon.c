// All kernels, compiled for NEON.
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/zonda_simd.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define ZONDA_NEON
#include "Vectors/vectors.h"
#include "Vectors/functions.h"

#include "Attention/attention.h"
#include "Linear/linear.h"
#include "Measure/measure.h"
#include "Rows/rows.h"

const zonda_kernels zonda_kernels_neon = {
    .isa = ZONDA_ISA_NEON,
    .name = "neon",
    .lanes = LANES,
    .linear = LINEAR_KERNELS,
    .rows = ROWS_KERNELS,
    .attention = ATTENTION_KERNELS,
    .measure = MEASURE_KERNELS,
};
#endif
