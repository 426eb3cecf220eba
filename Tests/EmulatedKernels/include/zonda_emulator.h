// A GPU that is played by the CPU, behind the tables of the CUDA driver and of NVRTC: for tests.
//
// The "compiler" accepts every source text and looks the name expressions up among the kernels built into this library
// (ZONDA_EMULATE); what it gives for a cubin is their list. Everything else is as with a driver.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "zonda_cuda.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One device, `sm_80` or `sm_90` as configured.
const zonda_cuda_driver *_Nonnull zonda_emulated_driver(void);
const zonda_nvrtc *_Nonnull zonda_emulated_nvrtc(void);

enum zonda_emulator_order : int32_t {
    ZONDA_EMULATOR_FORWARD = 0,
    ZONDA_EMULATOR_REVERSE = 1,
    ZONDA_EMULATOR_RANDOM = 2,
};
typedef enum zonda_emulator_order zonda_emulator_order;

typedef struct zonda_emulator_configuration {
    /// Every access is checked, copies land late, dependent kernels begin early. Some hundred times slower.
    bool checked;
    /// Streams run only when somebody waits for them. Implied by `checked`.
    bool late;
    /// 80 to 90: the compute capability that the device has.
    int32_t architecture;
    /// In which order threads and blocks get their turns.
    zonda_emulator_order order;
    uint32_t seed;
    /// Threads of the host that run blocks; one in checked mode. 0: as many as there are cores.
    int32_t worker_count;
    /// The memory of the GPU; 0: 80 GiB.
    uint64_t memory_byte_count;
} zonda_emulator_configuration;

/// Applies to what is allocated and launched from now on; ends work that still waits. Nobody may be in a call of either
/// table meanwhile. Memory allocated before a change to checked mode counts as initialized.
void zonda_emulator_configure(const zonda_emulator_configuration *_Nonnull configuration);

/// What the kernel at fault did, with file and line, or "". From then on calls fail, as after a fault on a GPU, until
/// `zonda_emulator_clear_fault`. Valid until this thread's next call.
const char *_Nonnull zonda_emulator_last_fault(void);
void zonda_emulator_clear_fault(void);

/// The number of kernels that ran, of all streams, since the process began.
uint64_t zonda_emulator_launch_count(void);

/// The number of allocations of the GPU's memory, and of pinned memory of the host, since the process began.
uint64_t zonda_emulator_allocation_count(void);

#ifdef __cplusplus
}
#endif
