// What every kernel includes: types, checked memory, and one thin function per special instruction.
//
// Each function has two bodies: inline PTX for NVRTC, and a call into the emulator that runs the same sources on the
// CPU. No CUDA header is included, so that NVRTC alone, without any include path, compiles a kernel.
#pragma once
#include "platform.cuh"
#include "types.cuh"
#include "math.cuh"
#include "memory.cuh"
#include "atomics.cuh"
#include "block.cuh"
#include "warp.cuh"
#include "tensor_cores.cuh"
#include "async.cuh"
#include "bulk.cuh"
#include "launch.cuh"
