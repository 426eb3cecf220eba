// What every self test gets: words in, words out.
#pragma once
#include "zonda_arguments.h"

typedef struct zonda_selftest_arguments {
    ZONDA_ADDRESS(const uint32_t) input;
    ZONDA_ADDRESS(uint32_t) output;
    /// Of what the kernel says: values, rounds.
    int32_t count;
} zonda_selftest_arguments;
