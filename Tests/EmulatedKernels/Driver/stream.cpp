#include "Driver/stream.h"

namespace emulator {

DriverState driverState;

void DriverState::run_everything() {
    nullQueue->run_all();
    for (size_t i = 0; i < queues.size(); i++) queues[i]->run_all();
}

void Queue::push(Work work) {
    if (recording) {
        recording->push_back(std::move(work));
        return;
    }
    waiting.push_back(std::move(work));
    submitted++;
    if (!driverState.late) run_all();
}

void Queue::run_until(uint64_t ticket) {
    // Work that makes its own stream wait for itself would come back here.
    if (running) return;
    running = true;
    while (done < ticket && !waiting.empty()) {
        Work &first = waiting.front();
        if (has_faulted()) {
            // After a fault nothing runs any more; whoever waits is told.
            waiting.pop_front();
            done++;
            continue;
        }
        if (!first.launch) {
            first.action();
            waiting.pop_front();
            done++;
            continue;
        }
        std::vector<const Launch *> chain = {first.launch.get()};
        while (done + chain.size() < ticket && chain.size() < waiting.size()) {
            const Work &next = waiting[chain.size()];
            if (!next.launch || !next.launch->programmatic || next.origin != first.origin) break;
            chain.push_back(next.launch.get());
        }
        run(chain);
        driverState.launchCount += chain.size();
        for (size_t i = 0; i < chain.size(); i++) waiting.pop_front();
        done += chain.size();
    }
    running = false;
}

void Queue::run_one() {
    if (!waiting.empty()) run_until(done + 1);
}

}  // namespace emulator
