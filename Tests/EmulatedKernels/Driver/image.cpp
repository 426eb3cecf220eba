#include "Driver/image.h"

#include <cstring>
#include <sstream>

namespace emulator {

static constexpr const char *heading = "zonda emulator sm_";

std::string Image::text() const {
    std::string text = heading + std::to_string(architecture) + "\n";
    for (const std::string &name : names) text += name + "\n";
    return text;
}

std::optional<Image> Image::parse(const char *text) {
    size_t length = std::strlen(heading);
    if (std::strncmp(text, heading, length) != 0) return std::nullopt;
    std::istringstream lines(text + length);
    std::string line;
    std::getline(lines, line);
    Image image = {std::atoi(line.c_str()), {}};
    while (std::getline(lines, line)) image.names.push_back(line);
    return image;
}

}  // namespace emulator
