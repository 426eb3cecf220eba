#include "Execution/warp.h"

#include "Execution/block.h"
#include "Execution/fault.h"
#include "Memory/checker.h"

namespace emulator {

void meet(uint32_t mask, const Operation &operation, void *operand, Site site) {
    Thread &self = *current;
    Warp &warp = *self.warp;
    uint32_t bit = 1u << self.lane;
    self.site = site;
    if (!(mask & bit)) fault(site, "lane %u calls %s for lanes %08x, without itself", self.lane, operation.name, mask);
    warp.operands[self.lane] = operand;

    int number = 0;
    while (number < warp.meetingCount && warp.meetings[number].mask != mask) number++;
    if (number == warp.meetingCount) warp.meetings[warp.meetingCount++] = {mask, 0, &operation};
    Meeting &meeting = warp.meetings[number];
    if (meeting.operation != &operation) {
        fault(site, "lane %u calls %s while lanes %08x call %s", self.lane, operation.name, meeting.here,
              meeting.operation->name);
    }
    meeting.here |= bit;
    if (!self.block->complete_if_all_here(warp, number)) self.block->suspend(Waiting::lanes, site);
}

static void see_each_other(void *const *, uint32_t lanes) {
    Block &block = *current->block;
    if (block.checker) block.checker->join(current->warp->number, lanes);
}

static void count_votes(void *const *operands, uint32_t lanes) {
    uint32_t votes = 0;
    auto vote = [&](uint32_t rest) { return static_cast<uint32_t *>(operands[std::countr_zero(rest)]); };
    for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
        if (*vote(rest) != 0) votes |= rest & -rest;
    }
    for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) *vote(rest) = votes;
}

template <Shuffle kind> static void exchange(void *const *operands, uint32_t lanes) {
    for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = std::countr_zero(rest);
        auto own = static_cast<ShuffleOperand *>(operands[lane]);
        int first = lane & ~(own->width - 1), from = lane;
        switch (kind) {
            case Shuffle::index: from = first + (own->operand & (own->width - 1)); break;
            case Shuffle::exclusive: from = lane ^ own->operand; break;
            case Shuffle::up: from = lane - own->operand; break;
            case Shuffle::down: from = lane + own->operand; break;
        }
        bool inGroup = from >= first && from < first + own->width;
        // As on a GPU, an xor may also reach a lower group, but not a higher one.
        if (kind == Shuffle::exclusive) inGroup = from < first + own->width;
        if (!inGroup) from = lane;
        if (!(lanes >> from & 1)) {
            // The value of a lane that does not take part is undefined.
            own->result = 0xDEADBEEFDEADBEEF;
            continue;
        }
        own->result = static_cast<ShuffleOperand *>(operands[from])->value;
    }
}

static constexpr Operation syncOperation = {"sync_warp", see_each_other};
static constexpr Operation ballotOperation = {"ballot_lanes", count_votes};
const Operation shuffles[4] = {
    {"shuffle", exchange<Shuffle::index>},
    {"shuffle_xor", exchange<Shuffle::exclusive>},
    {"shuffle_up", exchange<Shuffle::up>},
    {"shuffle_down", exchange<Shuffle::down>},
};

void sync_warp(uint32_t mask, Site site) { meet(mask, syncOperation, nullptr, site); }

uint32_t ballot(bool predicate, uint32_t mask, Site site) {
    uint32_t vote = predicate;
    meet(mask, ballotOperation, &vote, site);
    return vote;
}

}  // namespace emulator
