// What every planted kernel gets.
#pragma once
#include "zonda_arguments.h"

typedef struct zonda_planted_arguments {
    /// `count` values.
    ZONDA_ADDRESS(const float) x;
    /// As many, not initialized.
    ZONDA_ADDRESS(float) y;
    int32_t count;
} zonda_planted_arguments;
