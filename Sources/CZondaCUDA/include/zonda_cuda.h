// The CUDA driver and NVRTC as tables of functions that are found at run time: no CUDA header, no link-time library.
//
// What is declared here are the facts of NVIDIA's binary interface (names, values, order of arguments), as documented in
// the CUDA Driver API and NVRTC reference, 13.0. Entries keep the driver's own names, without the version suffix of the
// symbol behind them, so that its documentation can be looked up.
#pragma once
#include "zonda_cuda_driver.h"
#include "zonda_cuda_types.h"
#include "zonda_library.h"
#include "zonda_nvrtc.h"
