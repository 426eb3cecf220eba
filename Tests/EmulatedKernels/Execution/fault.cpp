#include "Execution/fault.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "Execution/block.h"

namespace emulator {

static std::mutex lock;
static std::string first;

std::string describe(Site site) {
    if (site.file == nullptr) return "the beginning";
    const char *slash = std::strrchr(site.file, '/');
    return std::string(slash != nullptr ? slash + 1 : site.file) + ":" + std::to_string(site.line);
}

static std::string format(const char *format, va_list values) {
    char text[4096];
    std::vsnprintf(text, sizeof text, format, values);
    return text;
}

static std::string describe(const Block &block) {
    char text[256];
    std::snprintf(text, sizeof text, "%.180s, block (%u, %u, %u)", block.launch->kernel->name, block.place.block.x,
                  block.place.block.y, block.place.block.z);
    return text;
}

void report_fault(const std::string &text) {
    std::lock_guard guard(lock);
    if (first.empty()) first = text;
}

void report_fault(const Block &block, const char *text, ...) {
    va_list values;
    va_start(values, text);
    report_fault(describe(block) + ": " + format(text, values));
    va_end(values);
}

void fault(Site site, const char *text, ...) {
    va_list values;
    va_start(values, text);
    std::string what = format(text, values);
    va_end(values);
    if (current == nullptr) {
        std::fprintf(stderr, "emulator: %s: %s\n", describe(site).c_str(), what.c_str());
        abort();
    }
    report_fault(describe(*current->block) + ", thread " + std::to_string(current->number) + ": " + describe(site) +
                 ": " + what);
    // The strings go here: the fiber's frames are never unwound.
    std::string().swap(what);
    current->block->abandon();
}

std::string last_fault() {
    std::lock_guard guard(lock);
    return first;
}

void clear_fault() {
    std::lock_guard guard(lock);
    first.clear();
}

bool has_faulted() {
    std::lock_guard guard(lock);
    return !first.empty();
}

}  // namespace emulator
