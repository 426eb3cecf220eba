// Activations of a gated or plain MLP, in float32.
//
// silu(x) = x / (1 + e^-x) (Elfwing et al. 2017); gelu(x) = x/2 (1 + erf(x/√2)) and its form with tanh (Hendrycks and
// Gimpel 2016); relu; relu squared (So et al. 2021). Errors below 2^-21 times max(1, |result|); relative to a small
// result of a negative x still below 2^-20 for silu and 2^-16 for gelu, as nothing is a difference of nearly equal
// numbers.
#pragma once
#include "zonda.cuh"
#include "zonda_activation.h"

DEVICE float silu(float x) { return div_rn(x, 1.0f + exp_approx(-x)); }

/// x/2 (1 + tanh u) is x / (1 + e^-2u).
DEVICE float gelu_tanh(float x) {
    float u = 0.7978845608f * x * fma_rn(0.044715f * x, x, 1.0f);
    return div_rn(x, 1.0f + exp_approx(-2.0f * u));
}

/// e^(z²) erfc(z) for z >= 0: t times a polynomial in t = 1 / (1 + 0.4 z), fitted for relative error 2e-7.
DEVICE float scaled_erfc(float z) {
    float t = div_rn(1.0f, fma_rn(0.4f, z, 1.0f));
    float p = fma_rn(-0.030596634f, t, 0.20348196f);
    p = fma_rn(p, t, -0.51173836f);
    p = fma_rn(p, t, 0.5647758f);
    p = fma_rn(p, t, -0.29888436f);
    p = fma_rn(p, t, 0.2799171f);
    p = fma_rn(p, t, 0.12694266f);
    p = fma_rn(p, t, 0.21551117f);
    p = fma_rn(p, t, 0.22488001f);
    p = fma_rn(p, t, 0.22571066f);
    return p * t;
}

/// x/2 erfc(-x/√2): for x > 0 that is x - x/2 erfc(x/√2).
DEVICE float gelu(float x) {
    float z = (x < 0 ? -x : x) * 0.70710678f;
    // Beyond 14 the tail is zero; the clamp keeps infinity from becoming 0 * infinity.
    float clamped = min_of(z, 14.0f);
    float tail = 0.5f * exp_approx(-clamped * clamped) * scaled_erfc(clamped);
    return z < 14.0f ? (x > 0 ? fma_rn(-x, tail, x) : x * tail) : (x > 0 ? x : x < 0 ? -0.0f : x);
}

/// `kind` is the same for the whole launch.
DEVICE float activate(float x, int kind) {
    switch (kind) {
    case ZONDA_ACTIVATION_SILU: return silu(x);
    case ZONDA_ACTIVATION_GELU_TANH: return gelu_tanh(x);
    case ZONDA_ACTIVATION_GELU: return gelu(x);
    case ZONDA_ACTIVATION_RELU: return x > 0 ? x : 0.0f;
    default: return x > 0 ? x * x : 0.0f;
    }
}
