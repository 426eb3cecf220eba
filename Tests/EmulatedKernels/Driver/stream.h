// Streams, events and graphs: lists of work that runs in order.
#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "Execution/launch.h"

namespace emulator {

class Queue;

/// A kernel, or something else to do.
struct Work {
    std::shared_ptr<const Launch> launch;
    std::function<void()> action;
    /// The stream it was submitted to: programmatic launch looks back within one stream only.
    const Queue *origin;
};

/// One stream's work that has not run.
class Queue {
  public:
    /// Submits. It runs now, or when somebody waits, as configured.
    void push(Work work);
    void run_all() { run_until(submitted); }
    /// Runs up to and with the work of this number.
    void run_until(uint64_t ticket);
    void run_one();

    uint64_t last_ticket() const { return submitted; }
    bool is_done(uint64_t ticket) const { return done >= ticket; }
    bool is_idle() const { return waiting.empty(); }

    /// While the stream is recorded: what is submitted goes here.
    std::shared_ptr<std::vector<Work>> recording;

  private:
    std::deque<Work> waiting;
    uint64_t submitted = 0, done = 0;
    bool running = false;
};

using Moment = std::chrono::steady_clock::time_point;

/// The driver's state; one lock for everything, as calls come from any thread.
struct DriverState {
    std::recursive_mutex lock;
    bool late = false;
    std::vector<std::shared_ptr<Queue>> queues;
    std::shared_ptr<Queue> nullQueue = std::make_shared<Queue>();
    uint64_t launchCount = 0;
    void run_everything();
};
extern DriverState driverState;

}  // namespace emulator

struct zonda_cu_stream_object {
    std::shared_ptr<emulator::Queue> queue = std::make_shared<emulator::Queue>();
};

struct zonda_cu_event_object {
    /// Where it was last recorded.
    std::shared_ptr<emulator::Queue> queue;
    uint64_t ticket = 0;
    std::shared_ptr<std::vector<emulator::Work>> recording;
    std::shared_ptr<std::optional<emulator::Moment>> moment = std::make_shared<std::optional<emulator::Moment>>();
    bool timed = true;
};

struct zonda_cu_graph_object {
    std::shared_ptr<std::vector<emulator::Work>> work;
};
struct zonda_cu_graph_exec_object {
    std::shared_ptr<std::vector<emulator::Work>> work;
};
