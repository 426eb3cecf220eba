// A libcuda.so.1 for tests of finding and wrapping: right symbols, memory of its own, and every call counted or refused
// as the test asks. It runs one kernel, `scale`. Built by cc into a folder of the test's; never left where a loader looks.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef VERSION
#define VERSION 13000
#endif
#ifndef GPU_COUNT
#define GPU_COUNT 1
#endif
#ifndef CAPABILITY
#define CAPABILITY 90
#endif
#ifndef INIT_RESULT
#define INIT_RESULT 0
#endif
#ifndef RETAIN_RESULT
#define RETAIN_RESULT 0
#endif
#define TOTAL ((size_t)64 << 20)

// Objects that were made and not destroyed; the bytes of memory among them.
static int live;
static size_t used;
// What the last launch asked for.
static unsigned last_grid, last_attributes;
// Inside a capture, work is counted and not done.
static int capturing, captured;

int stub_live(void) { return live; }
size_t stub_used(void) { return used; }
unsigned stub_last_grid(void) { return last_grid; }
unsigned stub_last_attributes(void) { return last_attributes; }

typedef int R;
typedef struct object { size_t size; } object;

static R make(void **out) { live++; *out = malloc(16); return 0; }
static R destroy(void *o) { live--; free(o); return 0; }

R cuInit(unsigned flags) { return flags ? 1 : INIT_RESULT; }
R cuDriverGetVersion(int *version) { *version = VERSION; return 0; }
R cuGetErrorName(R error, const char **name) {
    *name = error == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : error == 100 ? "CUDA_ERROR_NO_DEVICE"
        : error == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" : error == 1 ? "CUDA_ERROR_INVALID_VALUE" : NULL;
    return *name ? 0 : 1;
}
R cuGetErrorString(R error, const char **text) { *text = "a stub's words"; return error == 1 ? 0 : 1; }
R cuDeviceGetCount(int *count) { *count = GPU_COUNT; return 0; }
R cuDeviceGet(int *device, int ordinal) { *device = ordinal; return ordinal < GPU_COUNT ? 0 : 101; }
R cuDeviceGetName(char *name, int capacity, int device) { strncpy(name, "Stub GPU", capacity); return device < 0; }
R cuDeviceGetAttribute(int *value, int attribute, int device) {
    switch (attribute) {
    case 75: *value = CAPABILITY / 10; break;
    case 76: *value = CAPABILITY % 10; break;
    case 16: *value = 4; break;
    case 36: *value = 1000000; break;
    case 37: *value = 1024; break;
    case 97: *value = 65536; break;
    default: *value = 0;
    }
    return device < 0;
}
R cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = TOTAL; return device < 0; }
R cuDeviceGetUuid_v2(void *uuid, int device) { memset(uuid, 0xAB, 16); return device < 0; }
R cuDeviceGetPCIBusId(char *id, int capacity, int device) { strncpy(id, "0000:01:00.0", capacity); return device < 0; }
R cuDevicePrimaryCtxRetain(void **context, int device) { return RETAIN_RESULT ? RETAIN_RESULT : make(context) | (device < 0); }
R cuDevicePrimaryCtxRelease_v2(int device) { live--; return device < 0; }
R cuCtxSetCurrent(void *context) { return context == NULL; }
R cuMemGetInfo_v2(size_t *free, size_t *total) { *free = TOTAL - used; *total = TOTAL; return 0; }
R cuMemAlloc_v2(uint64_t *address, size_t size) {
    if (!size) return 1;
    if (size > TOTAL - used) return 2;
    object *o = malloc(sizeof *o + size);
    o->size = size;
    used += size;
    live++;
    *address = (uint64_t)(o + 1);
    return 0;
}
R cuMemFree_v2(uint64_t address) {
    object *o = (object *)address - 1;
    used -= o->size;
    return destroy(o);
}
R cuMemHostAlloc(void **pointer, size_t size, unsigned flags) { live++; *pointer = malloc(size); return flags > 7; }
R cuMemFreeHost(void *pointer) { return destroy(pointer); }
R cuMemHostRegister_v2(void *pointer, size_t size, unsigned flags) { live++; return !pointer || !size || flags > 15; }
R cuMemHostUnregister(void *pointer) { live--; return !pointer; }

static R work(void) { captured += capturing; return 0; }
#define WORK(statement) { if (!capturing) { statement; } return work(); }
R cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t size, void *s) WORK(memcpy((void *)to, from, size))
R cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t size, void *s) WORK(memcpy(to, (void *)from, size))
R cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t size, void *s) WORK(memcpy((void *)to, (void *)from, size))
R cuMemsetD8Async(uint64_t to, unsigned char value, size_t count, void *s) WORK(memset((void *)to, value, count))
R cuMemsetD32Async(uint64_t to, unsigned value, size_t count, void *s)
    WORK(for (size_t i = 0; i < count; i++) ((unsigned *)to)[i] = value)

R cuModuleLoadDataEx(void **module, const void *image, unsigned n, void *options, void *values) {
    return memcmp(image, "cubin", 5) ? 200 : make(module);
}
R cuModuleUnload(void *module) { return destroy(module); }
R cuModuleGetFunction(void **function, void *module, const char *name) {
    static int scale;
    *function = &scale;
    return strcmp(name, "_Z5scale") ? 500 : 0;
}
R cuFuncGetAttribute(int *value, int attribute, void *f) { *value = attribute == 1 ? 1024 : 32; return 0; }
R cuFuncSetAttribute(void *f, int attribute, int value) { return attribute != 8; }
R cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *f, int threads, size_t shared) { *blocks = 2048 / threads; return 0; }

struct config { unsigned grid[3], block[3], shared; void *stream; void *attributes; unsigned attribute_count; };

// scale(uint64 values, float factor, int count): in an order and with sizes that a wrong offset would show.
R cuLaunchKernelEx(const struct config *config, void *f, void **arguments, void **extra) {
    if (config->block[0] > 1024) return 1;
    last_grid = config->grid[0];
    last_attributes = config->attribute_count;
    if (capturing) return work();
    uint64_t values = *(uint64_t *)arguments[0];
    for (int i = 0; i < *(int *)arguments[2]; i++) ((float *)values)[i] *= *(float *)arguments[1];
    return 0;
}

R cuStreamCreateWithPriority(void **stream, unsigned flags, int priority) { return flags != 1 ? 1 : make(stream); }
R cuStreamDestroy_v2(void *stream) { return destroy(stream); }
R cuStreamSynchronize(void *stream) { return capturing ? 900 : 0; }
R cuStreamQuery(void *stream) { return 600; }
R cuStreamWaitEvent(void *stream, void *event, unsigned flags) { return flags; }
R cuLaunchHostFunc(void *stream, void (*function)(void *), void *argument) { function(argument); return 0; }
R cuEventCreate(void **event, unsigned flags) { return flags > 3 ? 1 : make(event); }
R cuEventDestroy_v2(void *event) { return destroy(event); }
R cuEventRecord(void *event, void *stream) { return 0; }
R cuEventQuery(void *event) { return 0; }
R cuEventSynchronize(void *event) { return 0; }
R cuEventElapsedTime(float *milliseconds, void *start, void *end) { *milliseconds = 2.5f; return 0; }
R cuStreamBeginCapture_v2(void *stream, int mode) { capturing = 1; captured = 0; return mode != 1; }
R cuStreamEndCapture(void *stream, void **graph) { capturing = 0; return make(graph); }
R cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags) { return make(executable); }
R cuGraphLaunch(void *executable, void *stream) { last_grid = 1000 + captured; return 0; }
R cuGraphExecDestroy(void *executable) { return destroy(executable); }
R cuGraphDestroy(void *graph) { return destroy(graph); }
#ifndef OMIT_TENSOR_MAPS
R cuTensorMapEncodeTiled(void) { return 801; }
#endif
