// Paged attention, as an isa_NAME.c includes it.
#include "pages.h"
#include "store.h"
#include "tile.h"
#include "attend.h"

#define ATTENTION_KERNELS { .store = attention_store, .attend = attention_attend, .merge = attention_merge }
