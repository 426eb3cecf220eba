// IQ1, IQ2, IQ3, TQ and Q8_K become X8: one float32 unit a block, a small integer scale for each 16 columns, and an int8
// for each column (zonda_blocks.h).
#include "../include/zonda_linear.h"
#include "layout.h"
#include "pack.h"

void zonda_pack_expanded(zonda_type type, const uint8_t *from, int row, uint8_t *to) {
    uint8_t expanded[ZONDA_EXPANDED_BYTES];
    zonda_expand_blocks(type, from, 1, expanded);
    memcpy(to + 4 * row, expanded, 4);
    for (int i = 0; i < 16; i++) to[64 + 16 * i + row] = expanded[4 + i];
    for (int g = 0; g < GROUPS; g++)
        pack_bytes(expanded + 20 + GROUP * g, to + head_bytes(L_X8) + BYTES * g + 4 * row);
}
