#include "zonda.cuh"
#include "zonda_selftest.h"

namespace {
#include "selftest_memory.cu"

ZONDA_EMULATE(selftest_loads);
ZONDA_EMULATE(selftest_atomics<false>);
ZONDA_EMULATE(selftest_atomics<true>);
ZONDA_EMULATE(selftest_flag);
ZONDA_EMULATE(selftest_barriers);
ZONDA_EMULATE(selftest_chain);
ZONDA_EMULATE(selftest_last_block);
}  // namespace
