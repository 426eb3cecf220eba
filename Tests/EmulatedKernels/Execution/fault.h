// What went wrong first.
#pragma once
#include <string>

#include "Execution/site.h"

namespace emulator {

struct Block;
struct Launch;

/// The file's name without its folders, and the line.
std::string describe(Site site);

/// As `fault`, from outside of a fiber; returns.
void report_fault(const Block &block, const char *format, ...) __attribute__((format(printf, 2, 3)));
void report_fault(const std::string &text);

}  // namespace emulator
