#include "Execution/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace emulator {

#if defined(__x86_64__)
__asm__(R"(
    .text
    .p2align 4
    .globl zonda_switch_stack
zonda_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
static constexpr int savedWords = 8, entryWord = 6;
#elif defined(__aarch64__)
__asm__(R"(
    .text
    .p2align 4
    .globl zonda_switch_stack
zonda_switch_stack:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x2, sp
    str x2, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
)");
static constexpr int savedWords = 20, entryWord = 11;
#else
#error "switch_stack is written for x86-64 and aarch64"
#endif

static constexpr uint64_t canary = 0x5A6F6E6461737461;

void *Stack::start(void (*entry)(), size_t number) const {
    std::memcpy(memory, &canary, sizeof canary);
    auto top = reinterpret_cast<uintptr_t>(memory + size) - (number % 64) * 64;
    // On x86-64 the entry finds the stack as after a call: 8 below a multiple of 16.
    auto words = reinterpret_cast<uintptr_t *>(top & ~uintptr_t(63)) - savedWords;
    std::memset(words, 0, savedWords * sizeof *words);
    words[entryWord] = reinterpret_cast<uintptr_t>(entry);
    return words;
}

bool Stack::intact() const { return std::memcmp(memory, &canary, sizeof canary) == 0; }

Stack StackPool::take() {
    if (free.empty()) {
        // Address space in big pieces, pages when they are touched: a stack usually needs one or two.
        constexpr size_t count = 64;
        void *piece = mmap(nullptr, count * Stack::size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (piece == MAP_FAILED) abort();
        for (size_t i = 0; i < count; i++) free.push_back({static_cast<std::byte *>(piece) + i * Stack::size});
    }
    Stack stack = free.back();
    free.pop_back();
    return stack;
}

}  // namespace emulator
