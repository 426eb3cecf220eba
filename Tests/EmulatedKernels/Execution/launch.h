// One launch of a kernel: what, how many, and how it ended.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "Execution/registry.h"
#include "Execution/thread.h"

namespace emulator {

/// The most that a launch may ask for, on sm_90.
constexpr int maximumSharedBytes = 227 << 10;

struct Launch {
    const Kernel *kernel;
    /// The argument struct, at an address as aligned as any struct wants.
    std::unique_ptr<std::byte[]> arguments;
    Index blocks, threads;
    int sharedBytes = 0;
    /// May begin before the launch ahead of it has ended (programmatic stream serialization).
    bool programmatic = false;

    Launch(const Kernel *kernel, const void *arguments);
    Launch(const Launch &other);
    Launch(Launch &&) = default;
};

/// Runs launches in order: false after a fault, which `last_fault` describes. Each but the first is programmatic.
bool run(const std::vector<const Launch *> &launches);

/// Empty when there was none since `clear_fault`.
std::string last_fault();
void clear_fault();
/// True from a fault until `clear_fault`, as a CUDA context stays unusable after one.
bool has_faulted();

/// How the emulator plays; set while nothing runs.
enum class Order : uint8_t { forward, reverse, random };
struct Configuration {
    bool checked = false;
    int architecture = 90;
    Order order = Order::forward;
    uint32_t seed = 0;
    /// Threads of the host that run blocks; only one in checked mode.
    int workers = 2;
};
extern Configuration configuration;

/// Bytes of shared memory that a block of the played architecture can have.
int shared_limit();

void configure(const Configuration &configuration);

}  // namespace emulator
