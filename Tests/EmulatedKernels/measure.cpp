#include "zonda.cuh"
#include "zonda_measure_kernels.h"

namespace {
#include "measure.cu"
#include "random_rows.cu"

ZONDA_EMULATE(read_all);
ZONDA_EMULATE(multiply_all);
ZONDA_EMULATE(delay);
ZONDA_EMULATE(random_blocks);
ZONDA_EMULATE(random_numbers<FloatNumber>);
ZONDA_EMULATE(random_numbers<HalfNumber>);
ZONDA_EMULATE(random_numbers<BFloatNumber>);
}  // namespace
