#pragma once
#include <stddef.h>

// The tables of Unicode normalization, laid out as generate.py says.
const void *zonda_normalization_table_start(void);
extern const size_t zonda_normalization_table_size;
