#include "zonda.cuh"
#include "zonda_selftest.h"

namespace {
#include "selftest_copies.cu"

ZONDA_EMULATE(selftest_copies);
ZONDA_EMULATE(selftest_ring);
}  // namespace
