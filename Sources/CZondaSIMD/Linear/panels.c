// Which panels a product needs, and how large they are: the same for all instruction sets.
#include "../include/zonda_linear.h"
#include "layout.h"

zonda_panel_kind zonda_panels_for(zonda_type type, bool exact) {
    return exact || layout_of((int)type) <= L_BF16 ? ZONDA_PANELS_FLOAT : ZONDA_PANELS_ROUNDED;
}

size_t zonda_panel_bytes(zonda_panel_kind kind, int rows, int columns) {
    if (rows <= 0 || columns <= 0 || columns > ZONDA_MAX_COLUMNS) return 0;
    size_t blocks = ((size_t)columns + BLOCK - 1) / BLOCK;
    size_t words = kind == ZONDA_PANELS_ROUNDED ? BLOCK / 2 + 1 + 8 + 16 : BLOCK;
    return blocks * words * (size_t)rows * 4;
}
