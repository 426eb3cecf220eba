#include "zonda.cuh"
#include "zonda_selftest.h"

namespace {
#include "selftest_numbers.cu"

ZONDA_EMULATE(selftest_approximations);
ZONDA_EMULATE(selftest_rounding);
ZONDA_EMULATE(selftest_bits);
ZONDA_EMULATE(selftest_packed);
ZONDA_EMULATE(selftest_conversions);
ZONDA_EMULATE(selftest_codes);
ZONDA_EMULATE(selftest_architecture);
}  // namespace
