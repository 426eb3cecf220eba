// What the kernels' common headers see of the emulator.
//
// A GPU thread is a fiber. Blocks run to their end one after another on a worker thread; inside a block, fibers switch
// where a thread waits for others. See docs/emulator.md.
#pragma once
#include <cstddef>
#include <cstdint>

#include "Execution/keywords.h"
#include "Execution/site.h"
#include "Execution/thread.h"
#include "Execution/warp.h"
#include "Instructions/copies.h"
#include "Instructions/numbers.h"
#include "Instructions/tensor_cores.h"
#include "Execution/registry.h"
