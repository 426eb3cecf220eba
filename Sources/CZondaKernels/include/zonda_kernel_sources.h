// The texts of the GPU kernels, which are compiled on the machine that runs them.
#pragma once
#include <stddef.h>

/// One file of kernels: a program (`.cu`) or a header of programs (`.cuh`, `.h`).
typedef struct zonda_kernel_source {
    /// As an include line writes it.
    const char *_Nonnull name;
    /// UTF-8, with a 0 behind the last byte.
    const unsigned char *_Nonnull bytes;
    /// Without that 0.
    size_t byte_count;
} zonda_kernel_source;

/// All files, in a fixed order. They live as long as the process.
const zonda_kernel_source *_Nonnull zonda_kernel_sources(size_t *_Nonnull count);
