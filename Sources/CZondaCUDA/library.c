#define _GNU_SOURCE
#include "zonda_library.h"

#include <dlfcn.h>

#if defined(__linux__)
#include <link.h>
#include <stddef.h>

const char *zonda_library_path(void *library) {
    struct link_map *map = NULL;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || !map || !map->l_name[0]) return NULL;
    return map->l_name;
}
#else
const char *zonda_library_path(void *library) {
    (void)library;
    return NULL;
}
#endif
