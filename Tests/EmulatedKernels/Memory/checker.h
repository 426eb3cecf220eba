// What checked mode knows of a block: who has seen what, and the state of each byte of shared memory.
#pragma once
#include <cstdint>

#include "Execution/thread.h"
#include "Memory/access.h"

namespace emulator {

constexpr int maximumSharedBytes = 227 << 10;

class Checker {
  public:
    explicit Checker(Block &block);
    void arrive(int barrier);
    void complete(int barrier);
    void join(uint32_t warp, uint32_t lanes);

  private:
    Block &block;
};

}  // namespace emulator
