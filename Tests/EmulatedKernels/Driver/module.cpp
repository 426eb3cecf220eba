// Modules, functions and launches.
#include <algorithm>
#include <cstring>
#include <map>

#include "Driver/image.h"
#include "Driver/result.h"

struct zonda_cu_function_object {
    const emulator::Kernel *kernel;
    int maximumShared = 48 << 10;
};

struct zonda_cu_module_object {
    std::map<std::string, zonda_cu_function_object> functions;
};

namespace emulator {

namespace {

zonda_cu_result load(
    zonda_cu_module *module, const void *image, uint32_t, zonda_cu_jit_option *, void **) {
    Call call;
    if (!call) return call.result;
    std::optional<Image> parsed = Image::parse(static_cast<const char *>(image));
    if (!parsed) return ZONDA_CU_ERROR_INVALID_IMAGE;
    if (parsed->architecture != configuration.architecture) return ZONDA_CU_ERROR_NO_BINARY_FOR_GPU;
    auto loaded = new zonda_cu_module_object;
    for (const std::string &name : parsed->names) {
        if (const Kernel *kernel = find_kernel(name.c_str())) loaded->functions[name] = {kernel};
    }
    *module = loaded;
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result unload(zonda_cu_module module) {
    Call call;
    driverState.run_everything();
    delete module;
    return Call::outcome();
}

zonda_cu_result find(zonda_cu_function *function, zonda_cu_module module, const char *name) {
    Call call;
    if (!call) return call.result;
    auto found = module->functions.find(name);
    if (found == module->functions.end()) return ZONDA_CU_ERROR_NOT_FOUND;
    *function = &found->second;
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result get_attribute(int32_t *value, zonda_cu_function_attribute attribute, zonda_cu_function function) {
    Call call;
    switch (attribute) {
        case ZONDA_CU_FUNCTION_MAX_THREADS_PER_BLOCK: *value = 1024; break;
        case ZONDA_CU_FUNCTION_REGISTER_COUNT: *value = 32; break;
        case ZONDA_CU_FUNCTION_BINARY_VERSION: *value = configuration.architecture; break;
        case ZONDA_CU_FUNCTION_MAX_DYNAMIC_SHARED_SIZE: *value = function->maximumShared; break;
        default: *value = 0;
    }
    return call.result;
}

zonda_cu_result set_attribute(zonda_cu_function function, zonda_cu_function_attribute attribute, int32_t value) {
    Call call;
    if (!call || attribute != ZONDA_CU_FUNCTION_MAX_DYNAMIC_SHARED_SIZE) return call.result;
    if (value < 0 || value > shared_limit()) return ZONDA_CU_ERROR_INVALID_VALUE;
    function->maximumShared = value;
    return ZONDA_CU_SUCCESS;
}

zonda_cu_result occupancy(int32_t *blocks, zonda_cu_function, int32_t threads, size_t sharedBytes) {
    Call call;
    if (threads <= 0 || threads > 1024) return ZONDA_CU_ERROR_INVALID_VALUE;
    int limit = shared_limit() + (1 << 10), perBlock = int(sharedBytes) + (1 << 10);
    *blocks = std::min({2048 / threads, limit / perBlock, 32});
    return call.result;
}

zonda_cu_result launch(
    const zonda_cu_launch_config *config, zonda_cu_function function, void **arguments, void **extra) {
    Call call;
    if (!call) return call.result;
    uint64_t threads = uint64_t(config->block_x) * config->block_y * config->block_z;
    uint64_t blocks = uint64_t(config->grid_x) * config->grid_y * config->grid_z;
    bool shapeFits = threads >= 1 && threads <= 1024 && config->block_z <= 64 && blocks >= 1 &&
                     config->grid_x <= 0x7FFFFFFF && config->grid_y <= 65535 && config->grid_z <= 65535;
    if (!shapeFits || blocks > 0x7FFFFFFF || arguments == nullptr || extra != nullptr) {
        return ZONDA_CU_ERROR_INVALID_VALUE;
    }
    if (int64_t(config->shared_byte_count) > function->maximumShared) return ZONDA_CU_ERROR_INVALID_VALUE;

    auto launch = std::make_shared<Launch>(function->kernel, arguments[0]);
    launch->blocks = {config->grid_x, config->grid_y, config->grid_z};
    launch->threads = {config->block_x, config->block_y, config->block_z};
    launch->sharedBytes = int(config->shared_byte_count);
    for (uint32_t i = 0; i < config->attribute_count; i++) {
        const zonda_cu_launch_attribute &attribute = config->attributes[i];
        if (attribute.id == ZONDA_CU_LAUNCH_PROGRAMMATIC_STREAM_SERIALIZATION) {
            launch->programmatic = attribute.value.programmatic_stream_serialization != 0;
        } else if (attribute.id != ZONDA_CU_LAUNCH_IGNORE) {
            return ZONDA_CU_ERROR_NOT_SUPPORTED;
        }
    }
    Queue &queue = queue_of(config->stream);
    queue.push({launch, nullptr, &queue});
    return Call::outcome();
}

zonda_cu_result encode_tensor_map(
    zonda_cu_tensor_map *, zonda_cu_tensor_map_type, uint32_t, void *, const uint64_t *, const uint64_t *,
    const uint32_t *, const uint32_t *, zonda_cu_tensor_map_interleave, zonda_cu_tensor_map_swizzle,
    zonda_cu_tensor_map_promotion, zonda_cu_tensor_map_fill) {
    return ZONDA_CU_ERROR_NOT_SUPPORTED;
}

}  // namespace

void fill_module_calls(zonda_cuda_driver &table) {
    table.cuModuleLoadDataEx = load;
    table.cuModuleUnload = unload;
    table.cuModuleGetFunction = find;
    table.cuFuncGetAttribute = get_attribute;
    table.cuFuncSetAttribute = set_attribute;
    table.cuOccupancyMaxActiveBlocksPerMultiprocessor = occupancy;
    table.cuLaunchKernelEx = launch;
    table.cuTensorMapEncodeTiled = encode_tensor_map;
}

}  // namespace emulator
