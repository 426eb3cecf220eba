// The activations of the kernels that have one: products, and combine.
#pragma once

/// The values of `Activation`, in its order.
typedef enum zonda_activation_kind {
    ZONDA_ACTIVATION_SILU,
    ZONDA_ACTIVATION_GELU_TANH,
    ZONDA_ACTIVATION_GELU,
    ZONDA_ACTIVATION_RELU,
    ZONDA_ACTIVATION_RELU_SQUARED,
} zonda_activation_kind;
