#include "Execution/grid.h"

#include <algorithm>

#include "Execution/fault.h"
#include "Memory/allocations.h"

namespace emulator {

static StackPool &stacks() {
    static thread_local StackPool pool;
    return pool;
}

Grid::Grid(const Launch &launch, int slot, bool follows) : launch(launch), slot(slot), follows(follows) {}

Grid::~Grid() {
    if (follows) allocations.forget_early(slot);
}

/// The order in which blocks run is the configured one, too.
static uint32_t block_number(uint32_t turn, uint32_t count) {
    switch (configuration.order) {
        case Order::forward: return turn;
        case Order::reverse: return count - 1 - turn;
        case Order::random: break;
    }
    // A step that shares no factor with the count visits every block once.
    uint32_t step = (configuration.seed * 2654435761u) % count | 1;
    auto common = [](uint32_t a, uint32_t b) {
        while (b != 0) std::swap(a %= b, b);
        return a;
    };
    while (common(step, count) != 1) step += 2;
    return uint32_t((uint64_t(turn) * step + configuration.seed) % count);
}

bool Grid::begin() {
    begun = true;
    uint32_t count = launch.blocks.count();
    allocations.set_early(slot, launch.kernel->name);
    bool good = true;
    for (uint32_t turn = 0; turn < std::min(count, maximumEarlyBlocks) && good; turn++) {
        early.push_back(std::make_unique<Block>(stacks(), launch.sharedBytes));
        Block &block = *early.back();
        block.begin(launch, block_number(turn, count), true);
        Block::Progress progress = block.run();
        good = progress != Block::Progress::faulted;
        ended.push_back(progress == Block::Progress::ended);
        if (progress == Block::Progress::ended && architecture() >= 90) {
            report_fault(block, "launched as dependent, it ends without wait_for_previous: the kernel after it would "
                                "not wait for the one before");
            good = false;
        }
    }
    allocations.set_early(-1, "");
    return good;
}

bool Grid::lets_next_begin() const {
    if (early.size() < launch.blocks.count()) return false;
    for (size_t i = 0; i < early.size(); i++) {
        if (!ended[i] && !early[i]->letsNextBegin) return false;
    }
    return true;
}

bool Grid::finish() {
    if (begun) allocations.forget_early(slot);
    for (size_t i = 0; i < early.size(); i++) {
        if (ended[i]) continue;
        early[i]->release();
        if (early[i]->run() == Block::Progress::faulted) return false;
        early[i].reset();
    }
    Block block(stacks(), launch.sharedBytes);
    uint32_t count = launch.blocks.count();
    for (uint32_t turn = uint32_t(early.size()); turn < count; turn++) {
        block.begin(launch, block_number(turn, count), false);
        if (block.run() == Block::Progress::faulted) return false;
    }
    return true;
}

bool run_chain(const std::vector<const Launch *> &launches) {
    std::vector<std::unique_ptr<Grid>> grids;
    for (size_t i = 0; i < launches.size(); i++) {
        grids.push_back(std::make_unique<Grid>(*launches[i], int(i % 2), i > 0));
    }
    // Launch i + 1 begins before i does anything that it did not do while it was early itself; and if i let it begin
    // before its own wait, then even before launch i - 1 has run.
    auto begin = [&](size_t i) {
        if (i >= grids.size() || grids[i]->has_begun() || architecture() < 90) return true;
        if (!grids[i]->begin()) return false;
        bool mayGoOn = i + 1 < grids.size() && grids[i]->lets_next_begin();
        return !mayGoOn || grids[i + 1]->begin();
    };
    for (size_t i = 0; i < grids.size(); i++) {
        if (!begin(i + 1) || !grids[i]->finish()) return false;
        grids[i].reset();
    }
    return true;
}

}  // namespace emulator
