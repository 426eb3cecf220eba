// The threads of a block, as the instructions see them.
#pragma once
#include <cstdint>

#include "Execution/site.h"

namespace emulator {

struct Block;
struct Launch;
struct Warp;

struct Index {
    uint32_t x = 1, y = 1, z = 1;
    uint32_t count() const { return x * y * z; }
};

/// blockIdx, blockDim, gridDim.
struct Place {
    Index block, blockSize, gridSize;
};

/// What a thread that does not run waits for.
enum class Waiting : uint8_t { nothing, barrier, lanes, copyBarrier, previousKernel, ended };

struct Thread {
    void *stackPointer;
    Block *block;
    Warp *warp;
    const Place *place;
    Index index;
    uint32_t number, lane;
    Waiting waiting;
    uint8_t barrier;
    Site site;
};

/// The thread whose fiber runs on this worker; null outside.
extern constinit thread_local Thread *current;

/// Whether every access is checked. Set while nothing runs.
extern constinit bool checking;

/// The compute capability that is played, times ten.
int architecture();

enum class Arrival : bool { waits, passes };
void barrier(int id, int count, Arrival arrival, Site site);

/// Lets other threads run: called by whatever a kernel may spin on.
void yield(Site site);

void *shared_memory(int64_t offset, int64_t byteCount, Site site);

void fence_gpu(Site site);
void fence_block(Site site);
void wait_for_previous(Site site);
void launch_next(Site site);
uint64_t cycles();

}  // namespace emulator
