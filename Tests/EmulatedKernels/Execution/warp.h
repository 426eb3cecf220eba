// Operations of a warp: each lane leaves a pointer to its operand and rests; the last one to come does the work of all.
#pragma once
#include <bit>
#include <cstdint>

#include "Execution/thread.h"

namespace emulator {

/// `perform` gets the operands of the lanes in `lanes`, by lane.
struct Operation {
    const char *name;
    void (*perform)(void *const *operands, uint32_t lanes);
};

/// Waits until all lanes of the mask that have not ended are here.
void meet(uint32_t mask, const Operation &operation, void *operand, Site site);

void sync_warp(uint32_t mask, Site site);
uint32_t ballot(bool predicate, uint32_t mask, Site site);

enum class Shuffle : uint8_t { index, exclusive, up, down };

struct ShuffleOperand {
    uint64_t value, result;
    int32_t operand, width;
};
extern const Operation shuffles[4];

template <typename T> T shuffle(T value, int operand, uint32_t mask, int width, Shuffle kind, Site site) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move 4 or 8 bytes");
    ShuffleOperand mine = {0, 0, operand, width};
    __builtin_memcpy(&mine.value, &value, sizeof(T));
    meet(mask, shuffles[int(kind)], &mine, site);
    __builtin_memcpy(&value, &mine.result, sizeof(T));
    return value;
}

template <typename T, typename Combine> T reduce(T value, uint32_t mask, Combine, Site site) {
    static constexpr Operation operation = {
        "a reduction", [](void *const *operands, uint32_t lanes) {
            uint32_t rest = lanes & (lanes - 1);
            T result = *static_cast<T *>(operands[std::countr_zero(lanes)]);
            for (; rest != 0; rest &= rest - 1) {
                result = Combine()(result, *static_cast<T *>(operands[std::countr_zero(rest)]));
            }
            for (; lanes != 0; lanes &= lanes - 1) *static_cast<T *>(operands[std::countr_zero(lanes)]) = result;
        }};
    meet(mask, operation, &value, site);
    return value;
}

}  // namespace emulator
