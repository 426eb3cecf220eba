// All kernels, compiled for any machine.
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/zonda_simd.h"

#define ZONDA_PORTABLE
#include "Vectors/vectors.h"
#include "Vectors/functions.h"

#include "Attention/attention.h"
#include "Linear/linear.h"
#include "Measure/measure.h"
#include "Rows/rows.h"

const zonda_kernels zonda_kernels_portable = {
    .isa = ZONDA_ISA_PORTABLE,
    .name = "portable",
    .lanes = LANES,
    .linear = LINEAR_KERNELS,
    .rows = ROWS_KERNELS,
    .attention = ATTENTION_KERNELS,
    .measure = MEASURE_KERNELS,
};
