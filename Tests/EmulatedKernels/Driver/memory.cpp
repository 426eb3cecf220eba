// Memory: allocating, copying, filling.
#include <cstdlib>
#include <cstring>

#include "Driver/result.h"
#include "Memory/allocations.h"

namespace emulator {

namespace {

void *pointer(zonda_cu_address address) { return reinterpret_cast<void *>(address); }

zonda_cu_result info(size_t *free, size_t *total) {
    Call call;
    *total = allocations.total();
    *free = *total - allocations.used();
    return call.result;
}

zonda_cu_result allocate(zonda_cu_address *address, size_t size) {
    Call call;
    if (!call) return call.result;
    if (threadState.recordings > 0) return ZONDA_CU_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    if (size == 0) return ZONDA_CU_ERROR_INVALID_VALUE;
    void *memory = allocations.allocate(size);
    *address = reinterpret_cast<zonda_cu_address>(memory);
    return memory != nullptr ? ZONDA_CU_SUCCESS : ZONDA_CU_ERROR_OUT_OF_MEMORY;
}

zonda_cu_result free_memory(zonda_cu_address address) {
    Call call;
    if (!call && call.result != Call::outcome()) return call.result;
    if (threadState.recordings > 0) return ZONDA_CU_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    // As the driver does: whatever may use the memory ends first.
    driverState.run_everything();
    return allocations.free(pointer(address)) ? Call::outcome() : ZONDA_CU_ERROR_INVALID_VALUE;
}

zonda_cu_result allocate_host(void **memory, size_t size, uint32_t) {
    Call call;
    if (!call) return call.result;
    *memory = std::aligned_alloc(4096, (size + 4095) / 4096 * 4096);
    if (*memory == nullptr) return ZONDA_CU_ERROR_OUT_OF_MEMORY;
    allocations.add_host(*memory, size);
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result free_host(void *memory) {
    Call call;
    driverState.run_everything();
    if (!allocations.remove_host(memory)) return ZONDA_CU_ERROR_INVALID_VALUE;
    std::free(memory);
    return Call::outcome();
}

zonda_cu_result register_host(void *memory, size_t size, uint32_t) {
    Call call;
    if (!call) return call.result;
    if (allocations.contains(memory, 1)) return ZONDA_CU_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    allocations.add_host(memory, size);
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result unregister_host(void *memory) {
    Call call;
    driverState.run_everything();
    return allocations.remove_host(memory) ? Call::outcome() : ZONDA_CU_ERROR_INVALID_VALUE;
}

/// Whether the range is the GPU's, or the host's and pinned.
bool known(zonda_cu_address address, size_t size) { return allocations.contains(pointer(address), size); }

zonda_cu_result to_device(zonda_cu_address to, const void *from, size_t size, zonda_cu_stream stream) {
    Call call;
    if (!call) return call.result;
    if (!known(to, size)) return ZONDA_CU_ERROR_INVALID_VALUE;
    Queue &queue = queue_of(stream);
    if (allocations.contains(from, size) || queue.recording) {
        queue.push({nullptr, [=] {
                        std::memcpy(pointer(to), from, size);
                        allocations.mark_written(pointer(to), size);
                    }, &queue});
        return Call::outcome();
    }
    // Memory that is not pinned is read before the call returns.
    auto bytes = std::make_shared<std::vector<std::byte>>(size);
    std::memcpy(bytes->data(), from, size);
    queue.push({nullptr, [=] {
                    std::memcpy(pointer(to), bytes->data(), size);
                    allocations.mark_written(pointer(to), size);
                }, &queue});
    return Call::outcome();
}

zonda_cu_result to_host(void *to, zonda_cu_address from, size_t size, zonda_cu_stream stream) {
    Call call;
    if (!call) return call.result;
    if (!known(from, size)) return ZONDA_CU_ERROR_INVALID_VALUE;
    Queue &queue = queue_of(stream);
    queue.push({nullptr, [=] { std::memcpy(to, pointer(from), size); }, &queue});
    // Memory that is not pinned is there when the call returns.
    if (!queue.recording && !allocations.contains(to, size)) queue.run_all();
    return Call::outcome();
}

zonda_cu_result within_device(zonda_cu_address to, zonda_cu_address from, size_t size, zonda_cu_stream stream) {
    Call call;
    if (!call) return call.result;
    if (!known(to, size) || !known(from, size)) return ZONDA_CU_ERROR_INVALID_VALUE;
    Queue &queue = queue_of(stream);
    queue.push({nullptr, [=] {
                    std::memcpy(pointer(to), pointer(from), size);
                    allocations.copy_shadow(pointer(to), pointer(from), size);
                }, &queue});
    return Call::outcome();
}

template <typename T> zonda_cu_result fill(zonda_cu_address to, T value, size_t count, zonda_cu_stream stream) {
    Call call;
    if (!call) return call.result;
    if (!known(to, count * sizeof(T)) || to % sizeof(T) != 0) return ZONDA_CU_ERROR_INVALID_VALUE;
    Queue &queue = queue_of(stream);
    queue.push({nullptr, [=] {
                    T *values = static_cast<T *>(pointer(to));
                    for (size_t i = 0; i < count; i++) values[i] = value;
                    allocations.mark_written(values, count * sizeof(T));
                }, &queue});
    return Call::outcome();
}

}  // namespace

void fill_memory_calls(zonda_cuda_driver &table) {
    table.cuMemGetInfo = info;
    table.cuMemAlloc = allocate;
    table.cuMemFree = free_memory;
    table.cuMemHostAlloc = allocate_host;
    table.cuMemFreeHost = free_host;
    table.cuMemHostRegister = register_host;
    table.cuMemHostUnregister = unregister_host;
    table.cuMemcpyHtoDAsync = to_device;
    table.cuMemcpyDtoHAsync = to_host;
    table.cuMemcpyDtoDAsync = within_device;
    table.cuMemsetD8Async = fill<uint8_t>;
    table.cuMemsetD32Async = fill<uint32_t>;
}

}  // namespace emulator
