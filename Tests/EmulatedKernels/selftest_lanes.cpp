#include "zonda.cuh"
#include "zonda_selftest.h"

namespace {
#include "selftest_lanes.cu"

ZONDA_EMULATE(selftest_shuffles);
ZONDA_EMULATE(selftest_votes);
ZONDA_EMULATE(selftest_divergence);
ZONDA_EMULATE(selftest_matrix_loads);
ZONDA_EMULATE(selftest_product<0>);
ZONDA_EMULATE(selftest_product<1>);
ZONDA_EMULATE(selftest_product<2>);
ZONDA_EMULATE(selftest_product<3>);
}  // namespace
