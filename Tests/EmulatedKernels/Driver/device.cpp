// The driver itself, its one device, and the context.
#include <algorithm>
#include <cstring>

#include "Driver/result.h"
#include "Memory/allocations.h"

namespace emulator {

namespace {

zonda_cu_result initialize(uint32_t) {
    driverInitialized = true;
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result version(int32_t *version) {
    *version = 13000;
    return ZONDA_CU_SUCCESS;
}

struct ResultText {
    zonda_cu_result result;
    const char *name, *text;
};
const ResultText resultTexts[] = {
    {ZONDA_CU_SUCCESS, "CUDA_SUCCESS", "no error"},
    {ZONDA_CU_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {ZONDA_CU_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {ZONDA_CU_ERROR_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {ZONDA_CU_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {ZONDA_CU_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "not the emulator's list of kernels"},
    {ZONDA_CU_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "no context is current on this thread"},
    {ZONDA_CU_ERROR_NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU", "compiled for another architecture"},
    {ZONDA_CU_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {ZONDA_CU_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {ZONDA_CU_ERROR_NOT_READY, "CUDA_ERROR_NOT_READY", "not finished"},
    {ZONDA_CU_ERROR_HOST_MEMORY_ALREADY_REGISTERED, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", "registered twice"},
    {ZONDA_CU_ERROR_NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "the emulator has no such thing"},
    {ZONDA_CU_ERROR_STREAM_CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "not permitted while a stream is recorded"},
};

zonda_cu_result error_name(zonda_cu_result result, const char **name) {
    *name = result == ZONDA_CU_ERROR_ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS" : nullptr;
    for (const ResultText &entry : resultTexts) {
        if (entry.result == result) *name = entry.name;
    }
    return *name != nullptr ? ZONDA_CU_SUCCESS : ZONDA_CU_ERROR_INVALID_VALUE;
}

zonda_cu_result error_text(zonda_cu_result result, const char **text) {
    *text = nullptr;
    for (const ResultText &entry : resultTexts) {
        if (entry.result == result) *text = entry.text;
    }
    if (result == ZONDA_CU_ERROR_ILLEGAL_ADDRESS) {
        static thread_local std::string fault;
        fault = last_fault();
        *text = fault.c_str();
    }
    return *text != nullptr ? ZONDA_CU_SUCCESS : ZONDA_CU_ERROR_INVALID_VALUE;
}

zonda_cu_result count(int32_t *count) {
    *count = 1;
    return driverInitialized ? ZONDA_CU_SUCCESS : ZONDA_CU_ERROR_NOT_INITIALIZED;
}

zonda_cu_result get(zonda_cu_device *device, int32_t ordinal) {
    *device = ordinal;
    return ordinal == 0 ? ZONDA_CU_SUCCESS : ZONDA_CU_ERROR_INVALID_DEVICE;
}

zonda_cu_result copy_text(const char *text, char *to, int32_t capacity) {
    std::strncpy(to, text, size_t(std::max(capacity, 0)));
    if (capacity > 0) to[capacity - 1] = 0;
    return ZONDA_CU_SUCCESS;
}
zonda_cu_result name(char *name, int32_t capacity, zonda_cu_device) {
    return copy_text("Zonda emulator", name, capacity);
}
zonda_cu_result bus(char *id, int32_t capacity, zonda_cu_device) { return copy_text("0000:00:00.0", id, capacity); }
zonda_cu_result uuid(zonda_cu_uuid *uuid, zonda_cu_device) {
    std::memcpy(uuid->bytes, "Zonda's emulator", 16);
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result attribute(int32_t *value, zonda_cu_device_attribute attribute, zonda_cu_device) {
    switch (attribute) {
        case ZONDA_CU_DEVICE_MAX_THREADS_PER_BLOCK: *value = 1024; break;
        case ZONDA_CU_DEVICE_MAX_SHARED_MEMORY_PER_BLOCK: *value = 48 << 10; break;
        case ZONDA_CU_DEVICE_WARP_SIZE: *value = 32; break;
        case ZONDA_CU_DEVICE_CLOCK_RATE: *value = 1'000'000; break;
        // Few: launchers make their grids by this number, and every block costs.
        case ZONDA_CU_DEVICE_MULTIPROCESSOR_COUNT: *value = 4; break;
        case ZONDA_CU_DEVICE_INTEGRATED: *value = 0; break;
        case ZONDA_CU_DEVICE_MEMORY_CLOCK_RATE: *value = 1'000'000; break;
        case ZONDA_CU_DEVICE_MEMORY_BUS_WIDTH: *value = 64; break;
        case ZONDA_CU_DEVICE_L2_CACHE_SIZE: *value = 32 << 20; break;
        case ZONDA_CU_DEVICE_MAX_THREADS_PER_MULTIPROCESSOR: *value = 2048; break;
        case ZONDA_CU_DEVICE_ASYNC_ENGINE_COUNT: *value = 2; break;
        case ZONDA_CU_DEVICE_COMPUTE_CAPABILITY_MAJOR: *value = configuration.architecture / 10; break;
        case ZONDA_CU_DEVICE_COMPUTE_CAPABILITY_MINOR: *value = configuration.architecture % 10; break;
        case ZONDA_CU_DEVICE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: *value = shared_limit() + (1 << 10); break;
        case ZONDA_CU_DEVICE_MAX_REGISTERS_PER_MULTIPROCESSOR: *value = 65536; break;
        case ZONDA_CU_DEVICE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: *value = shared_limit(); break;
        case ZONDA_CU_DEVICE_MAX_BLOCKS_PER_MULTIPROCESSOR: *value = 32; break;
        case ZONDA_CU_DEVICE_TENSOR_MAP_ACCESS_SUPPORTED: *value = 0; break;
        default: return ZONDA_CU_ERROR_INVALID_VALUE;
    }
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result total_memory(size_t *size, zonda_cu_device) {
    *size = allocations.total();
    return ZONDA_CU_SUCCESS;
}

/// There is one context; the pointer only has to be something.
char contextObject;

zonda_cu_result retain(zonda_cu_context *context, zonda_cu_device device) {
    if (!driverInitialized) return ZONDA_CU_ERROR_NOT_INITIALIZED;
    *context = reinterpret_cast<zonda_cu_context>(&contextObject);
    return device == 0 ? ZONDA_CU_SUCCESS : ZONDA_CU_ERROR_INVALID_DEVICE;
}

zonda_cu_result release(zonda_cu_device) { return ZONDA_CU_SUCCESS; }

zonda_cu_result set_current(zonda_cu_context context) {
    threadState.hasContext = context != nullptr;
    return ZONDA_CU_SUCCESS;
}

}  // namespace

void fill_device_calls(zonda_cuda_driver &table) {
    table.cuInit = initialize;
    table.cuDriverGetVersion = version;
    table.cuGetErrorName = error_name;
    table.cuGetErrorString = error_text;
    table.cuDeviceGetCount = count;
    table.cuDeviceGet = get;
    table.cuDeviceGetName = name;
    table.cuDeviceGetAttribute = attribute;
    table.cuDeviceTotalMem = total_memory;
    table.cuDeviceGetUuid = uuid;
    table.cuDeviceGetPCIBusId = bus;
    table.cuDevicePrimaryCtxRetain = retain;
    table.cuDevicePrimaryCtxRelease = release;
    table.cuCtxSetCurrent = set_current;
}

}  // namespace emulator
