#include "zonda_kernel_sources.h"

static const unsigned char add_cu[] = {
#embed "Kernels/add.cu" suffix(, 0)
};

#define SOURCE(name, array) {name, array, sizeof array - 1}

static const zonda_kernel_source sources[] = {
    SOURCE("add.cu", add_cu),
};

const zonda_kernel_source *zonda_kernel_sources(size_t *count) {
    *count = sizeof sources / sizeof *sources;
    return sources;
}
