#include "symbols.h"

#include <dlfcn.h>
#include <string.h>

const char *load_symbols(void *library, const struct symbol *symbols, size_t count, void *table) {
    for (size_t i = 0; i < count; i++) {
        void *address = dlsym(library, symbols[i].name);
        if (!address) return symbols[i].name;
        memcpy((char *)table + symbols[i].offset, &address, sizeof address);
    }
    return NULL;
}
