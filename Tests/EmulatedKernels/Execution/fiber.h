// Switching between stacks, and the stacks.
#pragma once
#include <cstddef>
#include <vector>

namespace emulator {

/// Saves the registers that a call must keep on this stack, its pointer in `*from`, and goes on where `to` was saved.
void switch_stack(void **from, void *to) __asm__("zonda_switch_stack");

/// A stack's memory, used again by the next block.
struct Stack {
    static constexpr size_t size = 128 << 10;
    std::byte *memory;

    /// A stack pointer that `switch_stack` may go to: it calls `entry`, which must not return. Tops are staggered by
    /// `number`, or all stacks would share the same few sets of the cache.
    void *start(void (*entry)(), size_t number) const;
    /// Whether the lowest bytes are as `start` left them.
    bool intact() const;
};

/// Stacks that no block uses.
class StackPool {
  public:
    Stack take();
    void give(Stack stack) { free.push_back(stack); }

  private:
    std::vector<Stack> free;
};

}  // namespace emulator
