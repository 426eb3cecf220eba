#include "Execution/launch.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "Execution/grid.h"

namespace emulator {

constinit bool checking = false;
Configuration configuration;

int shared_limit() { return configuration.architecture >= 90 ? maximumSharedBytes : 163 << 10; }

void configure(const Configuration &wanted) {
    configuration = wanted;
    checking = wanted.checked;
}

static std::unique_ptr<std::byte[]> copy(const void *arguments, int size) {
    // operator new[] gives 16-aligned memory: as much as a struct of vectors wants.
    std::unique_ptr<std::byte[]> bytes(new std::byte[size_t(size)]);
    std::memcpy(bytes.get(), arguments, size_t(size));
    return bytes;
}

Launch::Launch(const Kernel *kernel, const void *arguments)
    : kernel(kernel), arguments(copy(arguments, kernel->argumentSize)) {}

Launch::Launch(const Launch &other)
    : kernel(other.kernel), arguments(copy(other.arguments.get(), kernel->argumentSize)), blocks(other.blocks),
      threads(other.threads), sharedBytes(other.sharedBytes), programmatic(other.programmatic) {}

/// Threads of the host that wait for work.
class Workers {
  public:
    /// Calls `work` on this thread and `count - 1` others, and returns when all have.
    void run(int count, const std::function<void()> &work) {
        std::unique_lock guard(lock);
        while (int(threads.size()) < count - 1) threads.emplace_back([this] { serve(); });
        job = &work;
        wanted = count - 1;
        running += wanted;
        changed.notify_all();
        guard.unlock();
        work();
        guard.lock();
        changed.wait(guard, [&] { return running == 0; });
        job = nullptr;
    }
    ~Workers() {
        {
            std::lock_guard guard(lock);
            ending = true;
            changed.notify_all();
        }
        for (std::thread &thread : threads) thread.join();
    }

  private:
    void serve() {
        std::unique_lock guard(lock);
        for (;;) {
            changed.wait(guard, [&] { return ending || wanted > 0; });
            if (ending) return;
            wanted--;
            const std::function<void()> &work = *job;
            guard.unlock();
            work();
            guard.lock();
            if (--running == 0) changed.notify_all();
        }
    }
    std::mutex lock;
    std::condition_variable changed;
    std::vector<std::thread> threads;
    const std::function<void()> *job = nullptr;
    int wanted = 0, running = 0;
    bool ending = false;
};

static bool run_fast(const Launch &launch) {
    uint32_t count = launch.blocks.count();
    std::atomic<uint32_t> next = 0;
    std::atomic<bool> faulted = false;
    auto work = [&] {
        static thread_local StackPool pool;
        static thread_local Block block(pool, maximumSharedBytes);
        for (;;) {
            uint32_t number = next++;
            if (number >= count || faulted) return;
            block.begin(launch, number, false);
            if (block.run() == Block::Progress::faulted) faulted = true;
        }
    };
    int workers = int(std::min(uint32_t(configuration.workers), count));
    static Workers pool;
    if (workers == 1) work();
    else pool.run(workers, work);
    return !faulted;
}

bool run(const std::vector<const Launch *> &launches) {
    // One at a time: streams of several host threads take turns.
    static std::mutex turn;
    std::lock_guard guard(turn);
    if (checking) return run_chain(launches);
    for (const Launch *launch : launches) {
        if (!run_fast(*launch)) return false;
    }
    return true;
}

}  // namespace emulator
