// Looks up the symbols of a table of functions.
#pragma once
#include <stddef.h>

/// Where one function of a table is kept, and the symbol behind it.
struct symbol {
    const char *name;
    size_t offset;
};

/// Writes the address of each symbol into `table`. Returns null, or the name of the first that `library` lacks.
const char *load_symbols(void *library, const struct symbol *symbols, size_t count, void *table);
