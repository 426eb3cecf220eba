// The compiler that reads this: NVRTC, or a C++ compiler building the emulator.
#pragma once

#ifdef ZONDA_EMULATOR
#include "emulator.h"

// The compute capability times ten, as the emulator is configured to play it. Not a constant there: write
// `if (ARCH >= 90)`, which NVRTC folds; `#if ARCH >= 90` would not compile in the emulator.
#define ARCH (::emulator::architecture())
#define DEVICE inline

// The caller's file and line, a hidden last parameter of whatever may be at fault. On a GPU there is none.
#define HERE ::emulator::Site site = ::emulator::Site::here()
#define AND_HERE , HERE

#else
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;

#ifdef __CUDA_ARCH__
#define ARCH (__CUDA_ARCH__ / 10)
#else
#define ARCH 80  // NVRTC parses host code too; nothing of it runs.
#endif
#define DEVICE __device__ __forceinline__
#define HERE
#define AND_HERE
#endif

static_assert(sizeof(int64_t) == 8 && sizeof(void *) == 8, "64-bit only");

template <typename T> struct WithoutConst {
    using Type = T;
};
template <typename T> struct WithoutConst<const T> {
    using Type = T;
};
template <typename T> using Value = typename WithoutConst<T>::Type;

/// ceil(a / b) for a >= 0 and b > 0.
template <typename T> DEVICE constexpr T divide_up(T a, T b) { return (a + b - 1) / b; }
