// The linear layers of one instruction set: y = x * transpose(w), packed weights. The contract is in zonda_linear.h.
#include "layout.h"

enum {
    PANEL = LANES == 16 ? 12 : LANES == 8 ? 5 : 4,  // rows of activations in one register tile
    WIDE = 32,                                      // rows of weights unpacked at a time
    STRIP = LANES == 16 ? 32 : 16,                  // rows of weights in one register tile
    AHEAD = 4096,                                   // bytes that weights are prefetched ahead
};

#include "fields.h"
#include "panels.h"
#include "unpack.h"
#include "tile.h"
#include "stream.h"

static void linear(const zonda_linear_op *op, int first_row, int end_row, int first, int end, void *scratch) {
    Stream *stream = stream_for(op);
    if (stream && first_row < end_row) {
        streamed(op, stream, first, end);
        return;
    }
    // Rows in even chunks: what is unpacked is used by as many as fit.
    const int chunks = (end_row - first_row + CHUNK - 1) / CHUNK;
    for (int i = 0; i < chunks; i++) {
        int panels = (end_row - first_row + PANEL - 1) / PANEL;
        int row = first_row + panels * i / chunks * PANEL, stop = first_row + panels * (i + 1) / chunks * PANEL;
        for (int n = first; n < end; n += WIDE)
            tiled(op, row, stop < end_row ? stop : end_row, n, n + WIDE < end ? n + WIDE : end, scratch);
    }
}

static void unpack_row(const zonda_weight *weight, int row, float *out, void *scratch) {
    const Layout t = layout_of(weight->type);
    const size_t bytes = zonda_packed_tile_bytes(weight->type, weight->columns);
    const uint8_t *tile = (const uint8_t *)weight->packed + bytes * (size_t)(row / TILE);
    Unpacked *u = &((Scratch *)scratch)->unpacked;
    for (int b = 0; b * BLOCK < weight->columns; b++) {
        int count = weight->columns - b * BLOCK < BLOCK ? weight->columns - b * BLOCK : BLOCK;
        unpack_block(t, tile, bytes, 1, b, count, true, u);
        for (int k = 0; k < count; k++) out[b * BLOCK + k] = u->weights[k][row % TILE];
    }
}

#define LINEAR_KERNELS \
    { \
        .panel_rows = PANEL, .output_rows = WIDE, .few_rows = FEW, .scratch_bytes = sizeof(Scratch), \
        .make_panels = make_panels, .linear = linear, .unpack_row = unpack_row, \
    }
