#include "Execution/registry.h"

#include <cstdio>
#include <cstdlib>

namespace emulator {

// A list through the objects themselves: registration runs before main, in any order, and allocates nothing.
static constinit const Kernel *first = nullptr;

static bool same(const char *a, const char *b) {
    for (;; a++, b++) {
        while (*a == ' ') a++;
        while (*b == ' ') b++;
        if (*a != *b) return false;
        if (*a == 0) return true;
    }
}

void Registration::add() {
    if (find_kernel(kernel.name) != nullptr) {
        std::fprintf(stderr, "emulator: two kernels are named %s\n", kernel.name);
        abort();
    }
    kernel.next = first;
    first = &kernel;
}

const Kernel *find_kernel(const char *name) {
    for (const Kernel *kernel = first; kernel != nullptr; kernel = kernel->next) {
        if (same(kernel->name, name)) return kernel;
    }
    return nullptr;
}

}  // namespace emulator
