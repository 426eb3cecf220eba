// The linear layers of one instruction set.
enum {
    PANEL = LANES == 16 ? 12 : LANES == 8 ? 5 : 4,    // rows of activations in one register tile
    WIDE = LANES == 16 ? 32 : 16,                     // rows of weights in one register tile
};

#define LINEAR_KERNELS {.panel_rows = PANEL, .output_rows = WIDE}
