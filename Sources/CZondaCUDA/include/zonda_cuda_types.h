// Types, flags and attributes of the CUDA driver API: those that Zonda uses.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// An ordinal among the GPUs that the driver shows, as from cuDeviceGet.
typedef int32_t zonda_cu_device;
/// An address in a GPU's memory; 0 is none.
typedef uint64_t zonda_cu_address;

typedef struct zonda_cu_context_object *zonda_cu_context;
typedef struct zonda_cu_module_object *zonda_cu_module;
typedef struct zonda_cu_function_object *zonda_cu_function;
typedef struct zonda_cu_stream_object *zonda_cu_stream;
typedef struct zonda_cu_event_object *zonda_cu_event;
typedef struct zonda_cu_graph_object *zonda_cu_graph;
typedef struct zonda_cu_graph_exec_object *zonda_cu_graph_exec;

/// What every driver call returns. Those named here are told apart in code; others keep their number, and the driver
/// knows their names.
enum zonda_cu_result : int32_t {
    ZONDA_CU_SUCCESS = 0,
    ZONDA_CU_ERROR_INVALID_VALUE = 1,
    ZONDA_CU_ERROR_OUT_OF_MEMORY = 2,
    ZONDA_CU_ERROR_NOT_INITIALIZED = 3,
    ZONDA_CU_ERROR_STUB_LIBRARY = 34,
    ZONDA_CU_ERROR_DEVICE_UNAVAILABLE = 46,
    ZONDA_CU_ERROR_NO_DEVICE = 100,
    ZONDA_CU_ERROR_INVALID_DEVICE = 101,
    ZONDA_CU_ERROR_INVALID_IMAGE = 200,
    ZONDA_CU_ERROR_INVALID_CONTEXT = 201,
    ZONDA_CU_ERROR_NO_BINARY_FOR_GPU = 209,
    ZONDA_CU_ERROR_INVALID_HANDLE = 400,
    ZONDA_CU_ERROR_NOT_FOUND = 500,
    ZONDA_CU_ERROR_NOT_READY = 600,
    ZONDA_CU_ERROR_ILLEGAL_ADDRESS = 700,
    ZONDA_CU_ERROR_LAUNCH_OUT_OF_RESOURCES = 701,
    ZONDA_CU_ERROR_HOST_MEMORY_ALREADY_REGISTERED = 712,
    ZONDA_CU_ERROR_LAUNCH_FAILED = 719,
    ZONDA_CU_ERROR_NOT_SUPPORTED = 801,
    ZONDA_CU_ERROR_SYSTEM_NOT_READY = 802,
    ZONDA_CU_ERROR_SYSTEM_DRIVER_MISMATCH = 803,
    ZONDA_CU_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE = 804,
    ZONDA_CU_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
    ZONDA_CU_ERROR_UNKNOWN = 999,
};
typedef enum zonda_cu_result zonda_cu_result;

/// What cuDeviceGetAttribute answers. Sizes in bytes, rates in kHz, widths in bits.
enum zonda_cu_device_attribute : int32_t {
    ZONDA_CU_DEVICE_MAX_THREADS_PER_BLOCK = 1,
    ZONDA_CU_DEVICE_MAX_SHARED_MEMORY_PER_BLOCK = 8,
    ZONDA_CU_DEVICE_WARP_SIZE = 10,
    ZONDA_CU_DEVICE_CLOCK_RATE = 13,
    ZONDA_CU_DEVICE_MULTIPROCESSOR_COUNT = 16,
    ZONDA_CU_DEVICE_INTEGRATED = 18,
    ZONDA_CU_DEVICE_MEMORY_CLOCK_RATE = 36,
    ZONDA_CU_DEVICE_MEMORY_BUS_WIDTH = 37,
    ZONDA_CU_DEVICE_L2_CACHE_SIZE = 38,
    ZONDA_CU_DEVICE_MAX_THREADS_PER_MULTIPROCESSOR = 39,
    ZONDA_CU_DEVICE_ASYNC_ENGINE_COUNT = 40,
    ZONDA_CU_DEVICE_COMPUTE_CAPABILITY_MAJOR = 75,
    ZONDA_CU_DEVICE_COMPUTE_CAPABILITY_MINOR = 76,
    ZONDA_CU_DEVICE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR = 81,
    ZONDA_CU_DEVICE_MAX_REGISTERS_PER_MULTIPROCESSOR = 82,
    ZONDA_CU_DEVICE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97,
    ZONDA_CU_DEVICE_MAX_BLOCKS_PER_MULTIPROCESSOR = 106,
    ZONDA_CU_DEVICE_TENSOR_MAP_ACCESS_SUPPORTED = 127,
};
typedef enum zonda_cu_device_attribute zonda_cu_device_attribute;

/// What cuFuncGetAttribute answers; only MAX_DYNAMIC_SHARED_SIZE, SHARED_MEMORY_CARVEOUT and
/// NON_PORTABLE_CLUSTER_SIZE can be set.
enum zonda_cu_function_attribute : int32_t {
    ZONDA_CU_FUNCTION_MAX_THREADS_PER_BLOCK = 0,
    ZONDA_CU_FUNCTION_SHARED_SIZE = 1,
    ZONDA_CU_FUNCTION_CONSTANT_SIZE = 2,
    /// Bytes of local memory per thread: more than the kernel's own arrays need means spilled registers.
    ZONDA_CU_FUNCTION_LOCAL_SIZE = 3,
    ZONDA_CU_FUNCTION_REGISTER_COUNT = 4,
    ZONDA_CU_FUNCTION_BINARY_VERSION = 6,
    ZONDA_CU_FUNCTION_MAX_DYNAMIC_SHARED_SIZE = 8,
    ZONDA_CU_FUNCTION_SHARED_MEMORY_CARVEOUT = 9,
    ZONDA_CU_FUNCTION_NON_PORTABLE_CLUSTER_SIZE = 14,
};
typedef enum zonda_cu_function_attribute zonda_cu_function_attribute;

/// Options of cuModuleLoadDataEx. A cubin needs none.
enum zonda_cu_jit_option : int32_t {
    ZONDA_CU_JIT_ERROR_LOG_BUFFER = 5,
    ZONDA_CU_JIT_ERROR_LOG_BUFFER_SIZE = 6,
};
typedef enum zonda_cu_jit_option zonda_cu_jit_option;

enum zonda_cu_stream_flags : uint32_t {
    ZONDA_CU_STREAM_DEFAULT = 0,
    /// Does not wait for, nor hold up, the null stream.
    ZONDA_CU_STREAM_NON_BLOCKING = 1,
};

enum zonda_cu_event_flags : uint32_t {
    ZONDA_CU_EVENT_DEFAULT = 0,
    /// cuEventSynchronize sleeps in place of spinning.
    ZONDA_CU_EVENT_BLOCKING_SYNC = 1,
    /// Cheaper to record; cuEventElapsedTime refuses it.
    ZONDA_CU_EVENT_DISABLE_TIMING = 2,
};

enum zonda_cu_host_memory_flags : uint32_t {
    ZONDA_CU_HOST_PORTABLE = 1,
    ZONDA_CU_HOST_DEVICE_MAPPED = 2,
    /// cuMemHostAlloc only: fast to write from the host, very slow to read.
    ZONDA_CU_HOST_WRITE_COMBINED = 4,
    /// cuMemHostRegister only: the pages may be mapped read-only, as a file is.
    ZONDA_CU_HOST_READ_ONLY = 8,
};

/// Which calls cuStreamBeginCapture forbids while it lasts.
enum zonda_cu_capture_mode : int32_t {
    ZONDA_CU_CAPTURE_GLOBAL = 0,
    ZONDA_CU_CAPTURE_THREAD_LOCAL = 1,
    ZONDA_CU_CAPTURE_RELAXED = 2,
};
typedef enum zonda_cu_capture_mode zonda_cu_capture_mode;

enum zonda_cu_launch_attribute_id : int32_t {
    ZONDA_CU_LAUNCH_IGNORE = 0,
    ZONDA_CU_LAUNCH_COOPERATIVE = 2,
    ZONDA_CU_LAUNCH_CLUSTER_DIMENSION = 4,
    /// The kernel may start before the one ahead of it in the stream has ended, and waits for it by
    /// `griddepcontrol.wait`.
    ZONDA_CU_LAUNCH_PROGRAMMATIC_STREAM_SERIALIZATION = 6,
};
typedef enum zonda_cu_launch_attribute_id zonda_cu_launch_attribute_id;

typedef union zonda_cu_launch_attribute_value {
    char padding[64];
    int32_t cooperative;
    struct {
        uint32_t x, y, z;
    } cluster;
    int32_t programmatic_stream_serialization;
} zonda_cu_launch_attribute_value;

typedef struct zonda_cu_launch_attribute {
    zonda_cu_launch_attribute_id id;
    int32_t padding;
    zonda_cu_launch_attribute_value value;
} zonda_cu_launch_attribute;

typedef struct zonda_cu_launch_config {
    /// Blocks.
    uint32_t grid_x, grid_y, grid_z;
    /// Threads.
    uint32_t block_x, block_y, block_z;
    /// Bytes of dynamic shared memory per block.
    uint32_t shared_byte_count;
    zonda_cu_stream _Nullable stream;
    zonda_cu_launch_attribute *_Nullable attributes;
    uint32_t attribute_count;
} zonda_cu_launch_config;

typedef struct zonda_cu_uuid {
    uint8_t bytes[16];
} zonda_cu_uuid;

/// A tensor map for bulk copies: opaque, passed to kernels as a `__grid_constant__` argument.
typedef struct __attribute__((aligned(64))) zonda_cu_tensor_map {
    uint64_t opaque[16];
} zonda_cu_tensor_map;

enum zonda_cu_tensor_map_type : int32_t {
    ZONDA_CU_TENSOR_MAP_UINT8 = 0,
    ZONDA_CU_TENSOR_MAP_UINT16 = 1,
    ZONDA_CU_TENSOR_MAP_UINT32 = 2,
    ZONDA_CU_TENSOR_MAP_FLOAT16 = 6,
    ZONDA_CU_TENSOR_MAP_FLOAT32 = 7,
    ZONDA_CU_TENSOR_MAP_BFLOAT16 = 9,
};
typedef enum zonda_cu_tensor_map_type zonda_cu_tensor_map_type;

enum zonda_cu_tensor_map_interleave : int32_t { ZONDA_CU_TENSOR_MAP_INTERLEAVE_NONE = 0 };
typedef enum zonda_cu_tensor_map_interleave zonda_cu_tensor_map_interleave;

/// How rows of a tile are permuted in shared memory against bank conflicts, by the bytes of a row.
enum zonda_cu_tensor_map_swizzle : int32_t {
    ZONDA_CU_TENSOR_MAP_SWIZZLE_NONE = 0,
    ZONDA_CU_TENSOR_MAP_SWIZZLE_32B = 1,
    ZONDA_CU_TENSOR_MAP_SWIZZLE_64B = 2,
    ZONDA_CU_TENSOR_MAP_SWIZZLE_128B = 3,
};
typedef enum zonda_cu_tensor_map_swizzle zonda_cu_tensor_map_swizzle;

enum zonda_cu_tensor_map_promotion : int32_t {
    ZONDA_CU_TENSOR_MAP_L2_PROMOTION_NONE = 0,
    ZONDA_CU_TENSOR_MAP_L2_PROMOTION_64B = 1,
    ZONDA_CU_TENSOR_MAP_L2_PROMOTION_128B = 2,
    ZONDA_CU_TENSOR_MAP_L2_PROMOTION_256B = 3,
};
typedef enum zonda_cu_tensor_map_promotion zonda_cu_tensor_map_promotion;

/// What is read outside the tensor.
enum zonda_cu_tensor_map_fill : int32_t {
    ZONDA_CU_TENSOR_MAP_FILL_ZERO = 0,
    ZONDA_CU_TENSOR_MAP_FILL_NAN = 1,
};
typedef enum zonda_cu_tensor_map_fill zonda_cu_tensor_map_fill;
