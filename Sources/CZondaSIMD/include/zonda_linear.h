// Linear layers on the CPU: packed weights, rounded activations, products.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The linear layer's functions of one instruction set.
typedef struct {
    int panel_rows;   ///< rows of activations that one register tile covers
    int output_rows;  ///< outputs that one register tile covers
} zonda_linear_kernels;
