// What the emulated compiler gives in place of machine code: the kernels' names, one a line, behind a heading with the
// architecture.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace emulator {

struct Image {
    int architecture;
    std::vector<std::string> names;

    std::string text() const;
    /// Null for what no emulated compiler has made.
    static std::optional<Image> parse(const char *text);
};

}  // namespace emulator
