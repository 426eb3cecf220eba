// All operations on rows, as an isa_NAME.c includes them.
#include "norm.h"
#include "rope.h"
#include "elementwise.h"
#include "reductions.h"
#include "conversion.h"

#define ROWS_KERNELS \
    { \
        .norm = rows_norm, .rope = rows_rope, .activate = rows_activate, .gate = rows_gate, .add = rows_add, \
        .scale = rows_scale, .soft_cap = rows_soft_cap, .route = rows_route, .mix = rows_mix, \
        .to_f16 = rows_to_f16, .to_bf16 = rows_to_bf16, .from_f16 = rows_from_f16, .from_bf16 = rows_from_bf16, \
        .argmax = rows_argmax, .log_sum_exp = rows_log_sum_exp, \
    }
