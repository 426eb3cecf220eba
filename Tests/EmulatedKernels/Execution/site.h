// Where in a kernel's source something happens.
#pragma once

namespace emulator {

struct Site {
    const char *file = nullptr;
    int line = 0;

    static constexpr Site here(const char *file = __builtin_FILE(), int line = __builtin_LINE()) {
        return {file, line};
    }
    bool operator==(const Site &other) const { return file == other.file && line == other.line; }
};

/// Records what is wrong, ends the current launch, and leaves the fiber for good when called in one.
[[noreturn]] void fault(Site site, const char *format, ...) __attribute__((format(printf, 2, 3)));

}  // namespace emulator
