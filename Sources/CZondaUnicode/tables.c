#include "zonda_unicode.h"

static const unsigned char table[] = {
#embed "normalization.bin"
};
const size_t zonda_normalization_table_size = sizeof table;

const void *zonda_normalization_table_start(void) { return table; }
