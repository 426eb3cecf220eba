// The table of the driver, and the emulator's own calls.
#include <algorithm>
#include <thread>

#include "Driver/result.h"
#include "Memory/allocations.h"
#include "zonda_emulator.h"

namespace emulator {

thread_local ThreadState threadState;
bool driverInitialized = false;

static const zonda_cuda_driver &table() {
    static const zonda_cuda_driver table = [] {
        zonda_cuda_driver table = {};
        fill_device_calls(table);
        fill_memory_calls(table);
        fill_module_calls(table);
        fill_stream_calls(table);
        fill_graph_calls(table);
        return table;
    }();
    return table;
}

}  // namespace emulator

using namespace emulator;

const zonda_cuda_driver *zonda_emulated_driver(void) { return &table(); }

void zonda_emulator_configure(const zonda_emulator_configuration *wanted) {
    std::lock_guard guard(driverState.lock);
    driverState.run_everything();
    int workers = wanted->worker_count > 0 ? wanted->worker_count : int(std::thread::hardware_concurrency());
    configure({wanted->checked, wanted->architecture, Order(wanted->order), wanted->seed, std::max(1, workers)});
    driverState.late = wanted->late || wanted->checked;
    allocations.set_total(wanted->memory_byte_count > 0 ? wanted->memory_byte_count : size_t(80) << 30);
}

const char *zonda_emulator_last_fault(void) {
    static thread_local std::string text;
    text = last_fault();
    return text.c_str();
}

void zonda_emulator_clear_fault(void) {
    std::lock_guard guard(driverState.lock);
    // What was submitted behind the fault is gone, as with the context on a GPU.
    driverState.run_everything();
    clear_fault();
}

uint64_t zonda_emulator_launch_count(void) {
    std::lock_guard guard(driverState.lock);
    return driverState.launchCount;
}

uint64_t zonda_emulator_allocation_count(void) { return allocations.count(); }
