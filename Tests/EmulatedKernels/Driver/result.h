// What every call of the driver checks before it does anything.
#pragma once
#include "Driver/stream.h"
#include "zonda_cuda.h"

namespace emulator {

/// Whether this thread has made the context current, and has begun a recording that forbids unsafe calls.
struct ThreadState {
    bool initialized, hasContext;
    int recordings;
};
extern thread_local ThreadState threadState;
extern bool driverInitialized;

/// Holds the driver's lock, and says why the call can't go on, if it can't.
class Call {
  public:
    Call() : guard(driverState.lock) {
        if (!driverInitialized) result = ZONDA_CU_ERROR_NOT_INITIALIZED;
        else if (!threadState.hasContext) result = ZONDA_CU_ERROR_INVALID_CONTEXT;
        else result = outcome();
    }
    explicit operator bool() const { return result == ZONDA_CU_SUCCESS; }

    /// After work has run: whether there was a fault.
    static zonda_cu_result outcome() {
        return has_faulted() ? ZONDA_CU_ERROR_ILLEGAL_ADDRESS : ZONDA_CU_SUCCESS;
    }
    zonda_cu_result result;

  private:
    std::lock_guard<std::recursive_mutex> guard;
};

/// The stream's queue; that of the null stream for null.
inline Queue &queue_of(zonda_cu_stream stream) {
    return stream != nullptr ? *stream->queue : *driverState.nullQueue;
}

// The parts of the table, each filled in by its file.
void fill_device_calls(zonda_cuda_driver &table);
void fill_memory_calls(zonda_cuda_driver &table);
void fill_module_calls(zonda_cuda_driver &table);
void fill_stream_calls(zonda_cuda_driver &table);
void fill_graph_calls(zonda_cuda_driver &table);

}  // namespace emulator
