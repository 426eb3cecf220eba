// Arguments of kernels: one text, read by Swift, by NVRTC and by the emulator.
//
// A kernel takes one struct of plain fields. An address is written ZONDA_ADDRESS(float): 8 bytes, for the host a
// uint64_t, for the kernel a DevicePointer<float>, which converts to Global<float>.
#pragma once

#if defined(__CUDACC_RTC__) || (defined(ZONDA_EMULATOR) && defined(__cplusplus))
#include "zonda.cuh"
#define ZONDA_ADDRESS(T) DevicePointer<T>
#else
#include <stdint.h>
#define ZONDA_ADDRESS(T) uint64_t
#endif
