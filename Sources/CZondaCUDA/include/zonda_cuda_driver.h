// The functions of libcuda.so.1 that Zonda calls.
#pragma once
#include "zonda_cuda_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One function per call of the driver API, all of them present in every driver from CUDA 12.0 (version 525) on.
///
/// A table can come from the real driver (`zonda_cuda_driver_load`) or from one that plays it in tests. It may be used
/// from any thread, as the driver may; most calls act on the context that is current on the calling thread.
typedef struct __attribute__((swift_attr("@Sendable"))) zonda_cuda_driver {
    // The driver itself.
    zonda_cu_result (*_Nonnull cuInit)(uint32_t flags);
    /// 1000 * major + 10 * minor of the newest CUDA that the driver implements.
    zonda_cu_result (*_Nonnull cuDriverGetVersion)(int32_t *_Nonnull version);
    zonda_cu_result (*_Nonnull cuGetErrorName)(zonda_cu_result error, const char *_Nullable *_Nonnull name);
    zonda_cu_result (*_Nonnull cuGetErrorString)(zonda_cu_result error, const char *_Nullable *_Nonnull text);

    // GPUs.
    zonda_cu_result (*_Nonnull cuDeviceGetCount)(int32_t *_Nonnull count);
    zonda_cu_result (*_Nonnull cuDeviceGet)(zonda_cu_device *_Nonnull device, int32_t ordinal);
    zonda_cu_result (*_Nonnull cuDeviceGetName)(char *_Nonnull name, int32_t capacity, zonda_cu_device device);
    zonda_cu_result (*_Nonnull cuDeviceGetAttribute)(
        int32_t *_Nonnull value, zonda_cu_device_attribute attribute, zonda_cu_device device);
    zonda_cu_result (*_Nonnull cuDeviceTotalMem)(size_t *_Nonnull byte_count, zonda_cu_device device);
    zonda_cu_result (*_Nonnull cuDeviceGetUuid)(zonda_cu_uuid *_Nonnull uuid, zonda_cu_device device);
    zonda_cu_result (*_Nonnull cuDeviceGetPCIBusId)(char *_Nonnull id, int32_t capacity, zonda_cu_device device);

    // Contexts.
    zonda_cu_result (*_Nonnull cuDevicePrimaryCtxRetain)(
        zonda_cu_context _Nullable *_Nonnull context, zonda_cu_device device);
    zonda_cu_result (*_Nonnull cuDevicePrimaryCtxRelease)(zonda_cu_device device);
    zonda_cu_result (*_Nonnull cuCtxSetCurrent)(zonda_cu_context _Nullable context);

    // Memory.
    zonda_cu_result (*_Nonnull cuMemGetInfo)(size_t *_Nonnull free, size_t *_Nonnull total);
    zonda_cu_result (*_Nonnull cuMemAlloc)(zonda_cu_address *_Nonnull address, size_t byte_count);
    zonda_cu_result (*_Nonnull cuMemFree)(zonda_cu_address address);
    zonda_cu_result (*_Nonnull cuMemHostAlloc)(
        void *_Nullable *_Nonnull pointer, size_t byte_count, uint32_t flags);
    zonda_cu_result (*_Nonnull cuMemFreeHost)(void *_Nonnull pointer);
    zonda_cu_result (*_Nonnull cuMemHostRegister)(void *_Nonnull pointer, size_t byte_count, uint32_t flags);
    zonda_cu_result (*_Nonnull cuMemHostUnregister)(void *_Nonnull pointer);
    zonda_cu_result (*_Nonnull cuMemcpyHtoDAsync)(
        zonda_cu_address to, const void *_Nonnull from, size_t byte_count, zonda_cu_stream _Nullable stream);
    zonda_cu_result (*_Nonnull cuMemcpyDtoHAsync)(
        void *_Nonnull to, zonda_cu_address from, size_t byte_count, zonda_cu_stream _Nullable stream);
    zonda_cu_result (*_Nonnull cuMemcpyDtoDAsync)(
        zonda_cu_address to, zonda_cu_address from, size_t byte_count, zonda_cu_stream _Nullable stream);
    zonda_cu_result (*_Nonnull cuMemsetD8Async)(
        zonda_cu_address to, uint8_t value, size_t count, zonda_cu_stream _Nullable stream);
    zonda_cu_result (*_Nonnull cuMemsetD32Async)(
        zonda_cu_address to, uint32_t value, size_t count, zonda_cu_stream _Nullable stream);

    // Modules and functions.
    zonda_cu_result (*_Nonnull cuModuleLoadDataEx)(
        zonda_cu_module _Nullable *_Nonnull module, const void *_Nonnull image, uint32_t option_count,
        zonda_cu_jit_option *_Nullable options, void *_Nullable *_Nullable option_values);
    zonda_cu_result (*_Nonnull cuModuleUnload)(zonda_cu_module _Nonnull module);
    zonda_cu_result (*_Nonnull cuModuleGetFunction)(
        zonda_cu_function _Nullable *_Nonnull function, zonda_cu_module _Nonnull module, const char *_Nonnull name);
    zonda_cu_result (*_Nonnull cuFuncGetAttribute)(
        int32_t *_Nonnull value, zonda_cu_function_attribute attribute, zonda_cu_function _Nonnull function);
    zonda_cu_result (*_Nonnull cuFuncSetAttribute)(
        zonda_cu_function _Nonnull function, zonda_cu_function_attribute attribute, int32_t value);
    zonda_cu_result (*_Nonnull cuOccupancyMaxActiveBlocksPerMultiprocessor)(
        int32_t *_Nonnull blocks, zonda_cu_function _Nonnull function, int32_t threads, size_t shared_byte_count);
    /// `arguments[i]` points to the value of the kernel's parameter i; they are copied before the call returns.
    zonda_cu_result (*_Nonnull cuLaunchKernelEx)(
        const zonda_cu_launch_config *_Nonnull config, zonda_cu_function _Nonnull function,
        void *_Nullable *_Nullable arguments, void *_Nullable *_Nullable extra);

    // Streams.
    /// The lower the number, the higher the priority; 0 is the default.
    zonda_cu_result (*_Nonnull cuStreamCreateWithPriority)(
        zonda_cu_stream _Nullable *_Nonnull stream, uint32_t flags, int32_t priority);
    zonda_cu_result (*_Nonnull cuStreamDestroy)(zonda_cu_stream _Nonnull stream);
    zonda_cu_result (*_Nonnull cuStreamSynchronize)(zonda_cu_stream _Nullable stream);
    zonda_cu_result (*_Nonnull cuStreamQuery)(zonda_cu_stream _Nullable stream);
    zonda_cu_result (*_Nonnull cuStreamWaitEvent)(
        zonda_cu_stream _Nullable stream, zonda_cu_event _Nonnull event, uint32_t flags);
    zonda_cu_result (*_Nonnull cuLaunchHostFunc)(
        zonda_cu_stream _Nullable stream, void (*_Nonnull function)(void *_Nullable), void *_Nullable argument);

    // Events.
    zonda_cu_result (*_Nonnull cuEventCreate)(zonda_cu_event _Nullable *_Nonnull event, uint32_t flags);
    zonda_cu_result (*_Nonnull cuEventDestroy)(zonda_cu_event _Nonnull event);
    zonda_cu_result (*_Nonnull cuEventRecord)(zonda_cu_event _Nonnull event, zonda_cu_stream _Nullable stream);
    zonda_cu_result (*_Nonnull cuEventQuery)(zonda_cu_event _Nonnull event);
    zonda_cu_result (*_Nonnull cuEventSynchronize)(zonda_cu_event _Nonnull event);
    zonda_cu_result (*_Nonnull cuEventElapsedTime)(
        float *_Nonnull milliseconds, zonda_cu_event _Nonnull start, zonda_cu_event _Nonnull end);

    // Graphs.
    zonda_cu_result (*_Nonnull cuStreamBeginCapture)(zonda_cu_stream _Nonnull stream, zonda_cu_capture_mode mode);
    zonda_cu_result (*_Nonnull cuStreamEndCapture)(
        zonda_cu_stream _Nonnull stream, zonda_cu_graph _Nullable *_Nonnull graph);
    zonda_cu_result (*_Nonnull cuGraphInstantiateWithFlags)(
        zonda_cu_graph_exec _Nullable *_Nonnull executable, zonda_cu_graph _Nonnull graph, uint64_t flags);
    zonda_cu_result (*_Nonnull cuGraphLaunch)(
        zonda_cu_graph_exec _Nonnull executable, zonda_cu_stream _Nullable stream);
    zonda_cu_result (*_Nonnull cuGraphExecDestroy)(zonda_cu_graph_exec _Nonnull executable);
    zonda_cu_result (*_Nonnull cuGraphDestroy)(zonda_cu_graph _Nonnull graph);

    // Tensor maps, for bulk copies of tiles from sm_90 on.
    /// Sizes and boxes in elements, innermost first; strides in bytes, without that of the innermost dimension.
    zonda_cu_result (*_Nonnull cuTensorMapEncodeTiled)(
        zonda_cu_tensor_map *_Nonnull map, zonda_cu_tensor_map_type type, uint32_t rank, void *_Nonnull address,
        const uint64_t *_Nonnull sizes, const uint64_t *_Nonnull strides, const uint32_t *_Nonnull box,
        const uint32_t *_Nonnull element_strides, zonda_cu_tensor_map_interleave interleave,
        zonda_cu_tensor_map_swizzle swizzle, zonda_cu_tensor_map_promotion promotion, zonda_cu_tensor_map_fill fill);
} zonda_cuda_driver;

/// Fills `driver` with the symbols of a library opened by dlopen. Returns null, or the first symbol that it lacks: then
/// `driver` is incomplete and must not be called.
const char *_Nullable zonda_cuda_driver_load(void *_Nonnull library, zonda_cuda_driver *_Nonnull driver);

#ifdef __cplusplus
}
#endif
