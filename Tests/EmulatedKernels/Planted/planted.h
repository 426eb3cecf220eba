// Planted bugs: each kernel exists twice, with the bug (`false`) and without (`true`). Checked mode must find the one
// and pass the other, in every order of threads. All are launched with 64 threads and 1024 bytes of shared memory.
#pragma once
#include "zonda.cuh"
#include "zonda_planted.h"

#define ZONDA_PLANT(name)                                                                                              \
    ZONDA_EMULATE(name<false>);                                                                                        \
    ZONDA_EMULATE(name<true>)
