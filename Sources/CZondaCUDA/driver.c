#include "symbols.h"
#include "zonda_cuda_driver.h"

#define ENTRY(function, version) {#function version, offsetof(zonda_cuda_driver, function)}

// The symbol's version is part of the call's meaning: the unversioned cuMemAlloc takes 32-bit sizes. Those without a
// suffix are the only version, or the one that CUDA 12.0 has (cuEventElapsedTime_v2 came with 12.8).
static const struct symbol symbols[] = {
    ENTRY(cuInit, ""),
    ENTRY(cuDriverGetVersion, ""),
    ENTRY(cuGetErrorName, ""),
    ENTRY(cuGetErrorString, ""),
    ENTRY(cuDeviceGetCount, ""),
    ENTRY(cuDeviceGet, ""),
    ENTRY(cuDeviceGetName, ""),
    ENTRY(cuDeviceGetAttribute, ""),
    ENTRY(cuDeviceTotalMem, "_v2"),
    ENTRY(cuDeviceGetUuid, "_v2"),
    ENTRY(cuDeviceGetPCIBusId, ""),
    ENTRY(cuDevicePrimaryCtxRetain, ""),
    ENTRY(cuDevicePrimaryCtxRelease, "_v2"),
    ENTRY(cuCtxSetCurrent, ""),
    ENTRY(cuMemGetInfo, "_v2"),
    ENTRY(cuMemAlloc, "_v2"),
    ENTRY(cuMemFree, "_v2"),
    ENTRY(cuMemHostAlloc, ""),
    ENTRY(cuMemFreeHost, ""),
    ENTRY(cuMemHostRegister, "_v2"),
    ENTRY(cuMemHostUnregister, ""),
    ENTRY(cuMemcpyHtoDAsync, "_v2"),
    ENTRY(cuMemcpyDtoHAsync, "_v2"),
    ENTRY(cuMemcpyDtoDAsync, "_v2"),
    ENTRY(cuMemsetD8Async, ""),
    ENTRY(cuMemsetD32Async, ""),
    ENTRY(cuModuleLoadDataEx, ""),
    ENTRY(cuModuleUnload, ""),
    ENTRY(cuModuleGetFunction, ""),
    ENTRY(cuFuncGetAttribute, ""),
    ENTRY(cuFuncSetAttribute, ""),
    ENTRY(cuOccupancyMaxActiveBlocksPerMultiprocessor, ""),
    ENTRY(cuLaunchKernelEx, ""),
    ENTRY(cuStreamCreateWithPriority, ""),
    ENTRY(cuStreamDestroy, "_v2"),
    ENTRY(cuStreamSynchronize, ""),
    ENTRY(cuStreamQuery, ""),
    ENTRY(cuStreamWaitEvent, ""),
    ENTRY(cuLaunchHostFunc, ""),
    ENTRY(cuEventCreate, ""),
    ENTRY(cuEventDestroy, "_v2"),
    ENTRY(cuEventRecord, ""),
    ENTRY(cuEventQuery, ""),
    ENTRY(cuEventSynchronize, ""),
    ENTRY(cuEventElapsedTime, ""),
    ENTRY(cuStreamBeginCapture, "_v2"),
    ENTRY(cuStreamEndCapture, ""),
    ENTRY(cuGraphInstantiateWithFlags, ""),
    ENTRY(cuGraphLaunch, ""),
    ENTRY(cuGraphExecDestroy, ""),
    ENTRY(cuGraphDestroy, ""),
    ENTRY(cuTensorMapEncodeTiled, ""),
};

#define SYMBOL_COUNT (sizeof symbols / sizeof *symbols)
static_assert(SYMBOL_COUNT * sizeof(void *) == sizeof(zonda_cuda_driver), "an entry of the table has no symbol");

const char *zonda_cuda_driver_load(void *library, zonda_cuda_driver *driver) {
    return load_symbols(library, symbols, SYMBOL_COUNT, driver);
}
