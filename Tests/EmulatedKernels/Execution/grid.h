// A launch in checked mode: all its blocks alive at once, so that it can begin before the launch ahead has ended.
#pragma once
#include <memory>
#include <vector>

#include "Execution/block.h"

namespace emulator {

class Grid {
  public:
    /// `slot`: which of the two early kernels this may become. `follows`: whether a launch ahead may still run.
    Grid(const Launch &launch, int slot, bool follows);
    ~Grid();

    /// Runs blocks until they end or wait for the launch ahead. Not all, when there are many: as on a GPU, where the
    /// rest begins when there is room.
    bool begin();
    /// The launch ahead has ended: runs everything to its end.
    bool finish();
    bool has_begun() const { return begun; }
    /// Whether the next launch could begin now: all blocks have called `launch_next` or ended.
    bool lets_next_begin() const;

  private:
    static constexpr uint32_t maximumEarlyBlocks = 64;
    bool advance(Block &block);

    const Launch &launch;
    const int slot;
    const bool follows;
    bool begun = false;
    std::vector<std::unique_ptr<Block>> early;
    std::vector<bool> ended;
};

/// Runs launches of which each but the first is programmatic, as early as each legally may begin.
bool run_chain(const std::vector<const Launch *> &launches);

}  // namespace emulator
