// Sizes and packing of weights: from the file's blocks to tiles of 16 rows (Linear/layout.h). Plain C, once at load.
#include <string.h>

#include "../include/zonda_linear.h"
#include "layout.h"
#include "pack.h"

size_t zonda_packed_tile_bytes(zonda_type type, int columns) {
    const int block = zonda_block_columns(type);
    if (block == 0 || columns <= 0 || columns > ZONDA_MAX_COLUMNS || columns % block) return 0;
    Layout t = layout_of(type);
    if (t <= L_BF16) return (size_t)columns * (size_t)(group_bytes(t) / GROUP);
    size_t whole = (size_t)(columns / BLOCK) * (size_t)block_stride(t);
    return whole + (size_t)(columns % BLOCK / GROUP) * (size_t)group_bytes(t);
}

size_t zonda_packed_bytes(zonda_type type, int rows, int columns) {
    if (rows <= 0) return 0;
    return ((size_t)rows + TILE - 1) / TILE * zonda_packed_tile_bytes(type, columns);
}

/// Blocks of 32 with 4-bit integers: byte j holds columns j (low) and j + 16 (high).
static void pack_nibbles_32(const uint8_t *q, uint8_t *to) {
    for (int c = 0; c < 16; c += 8) {
        uint64_t x = word64(q + c);
        put32(to + 64 * (c / 8), nibbles_of(x & LOW_NIBBLES));
        put32(to + 64 * (c / 8 + 2), nibbles_of(x >> 4 & LOW_NIBBLES));
    }
}

/// The same with a fifth bit in `high`.
static void pack_quintets_32(const uint8_t *q, const uint8_t *high, uint8_t *lane) {
    uint64_t columns[4];
    for (int j = 0; j < 4; j++)
        columns[j] = (word64(q + 8 * (j % 2)) >> 4 * (j / 2) & LOW_NIBBLES) | bytes_of(high[j]) << 4;
    pack_quintets(columns, lane);
}

/// One group of 32 columns of row `row` of a tile.
static void pack_group(zonda_type type, const uint8_t *from, int row, uint8_t *group) {
    Layout t = layout_of(type);
    uint8_t *lane = group + 4 * row;  // of the first vector of dwords, if that came first
    const uint8_t *q8 = from + (type == ZONDA_Q8_1 ? 4 : 2);  // Q8_1 has a sum, which weights do without
    switch (t) {
    case L_Q4_0: case L_IQ4_NL:
        memcpy(group + 2 * row, from, 2);
        pack_nibbles_32(from + 2, lane + 32);
        break;
    case L_Q4_1:
        memcpy(group + 2 * row, from, 2);
        memcpy(group + 32 + 2 * row, from + 2, 2);
        pack_nibbles_32(from + 4, lane + 64);
        break;
    case L_Q5_0:
        memcpy(group + 2 * row, from, 2);
        pack_quintets_32(from + 6, from + 2, lane + 32);
        break;
    case L_Q5_1:
        memcpy(group + 2 * row, from, 2);
        memcpy(group + 32 + 2 * row, from + 2, 2);
        pack_quintets_32(from + 8, from + 4, lane + 64);
        break;
    case L_Q8_0:
        memcpy(group + 2 * row, from, 2);
        pack_bytes(q8, lane + 32);
        break;
    case L_MXFP4:
        group[row] = from[0];
        pack_nibbles_32(from + 1, lane + 16);
        break;
    default: break;
    }
}

/// NVFP4: 64 columns with 4 scales; of 16 columns, byte j holds columns j and j + 8. Two groups.
static void pack_nvfp4(const uint8_t *from, int row, uint8_t *to) {
    for (int s = 0; s < 4; s++) {
        uint8_t *group = to + s / 2 * group_bytes(L_NVFP4);
        group[16 * (s % 2) + row] = from[s];
        uint64_t x = word64(from + 4 + 8 * s);
        uint8_t *vectors = group + 32 + 4 * row + 128 * (s % 2);
        put32(vectors, nibbles_of(x & LOW_NIBBLES));
        put32(vectors + 64, nibbles_of(x >> 4 & LOW_NIBBLES));
    }
}

/// Q1_0 (128 columns of -1 or 1) and Q2_0 (64 of -1 to 2): each group of 32 becomes one of Q8_0.
static void pack_bits(zonda_type type, const uint8_t *from, int row, uint8_t *to) {
    const int bits = type == ZONDA_Q1_0 ? 1 : 2;
    for (int g = 0; g < zonda_block_columns(type) / GROUP; g++) {
        uint8_t *group = to + g * group_bytes(L_Q8_0), q[GROUP];
        for (int c = 0; c < GROUP; c++) {
            int at = (GROUP * g + c) * bits, x = from[2 + at / 8] >> at % 8 & (bits == 1 ? 1 : 3);
            q[c] = (uint8_t)(bits == 1 ? 2 * x - 1 : x - 1);
        }
        memcpy(group + 2 * row, from, 2);
        pack_bytes(q, group + 32 + 4 * row);
    }
}

static void pack_plain(const uint8_t *from, int size, int row, int columns, uint8_t *to) {
    if (size == 4)
        for (int k = 0; k < columns; k++) memcpy(to + 4 * ((size_t)k * TILE + (size_t)row), from + 4 * (size_t)k, 4);
    else
        for (int k = 0; k < columns; k++) memcpy(to + 2 * ((size_t)k * TILE + (size_t)row), from + 2 * (size_t)k, 2);
}

bool zonda_pack_tile(zonda_type type, const void *rows, size_t stride, int row_count, int columns, void *to) {
    size_t bytes = zonda_packed_tile_bytes(type, columns);
    if (bytes == 0 || row_count < 1 || row_count > TILE) return false;
    if (row_count < TILE) memset(to, 0, bytes);
    Layout t = layout_of(type);
    int width = zonda_block_columns(type), size = zonda_block_bytes(type), count = columns / width;
    if (t <= L_BF16) {
        for (int row = 0; row < row_count; row++)
            pack_plain((const uint8_t *)rows + stride * (size_t)row, size, row, columns, to);
        return true;
    }
    // Blocks outside, rows inside: what is written stays in the cache until all rows have left their part.
    for (int b = 0; b < count; b++) {
        int head = width == BLOCK ? b : b * width / GROUP / GROUPS;
        size_t at = (size_t)head * (size_t)block_stride(t);
        if (width < BLOCK) at += (size_t)(b * width / GROUP % GROUPS) * (size_t)group_bytes(t);
        uint8_t *packed = (uint8_t *)to + at;
        for (int row = 0; row < row_count; row++) {
            const uint8_t *from = (const uint8_t *)rows + stride * (size_t)row + (size_t)b * (size_t)size;
            if (t == L_X8) {
                zonda_pack_expanded(type, from, row, packed);
            } else if (width == BLOCK) {
                zonda_pack_super(t, from, row, packed);
            } else if (type == ZONDA_Q1_0 || type == ZONDA_Q2_0) {
                pack_bits(type, from, row, packed);
            } else if (t == L_NVFP4) {
                pack_nvfp4(from, row, packed);
            } else {
                pack_group(type, from, row, packed);
            }
        }
    }
    return true;
}
