import Testing
import ZondaCore

@Suite(.timeLimit(.minutes(2))) struct MonitorTests {
    private struct Refusal: Error {}

    /// A lost wakeup would leave a consumer asleep for ever.
    @Test func everyValueIsTakenOnce() throws {
        let (threadCount, valueCount) = (4, 20_000)
        let queue = Monitor([Int]())
        let sum = Monitor(0)
        let consumers = try (0..<threadCount).map { _ in
            try SystemThread(name: "consumer") {
                for _ in 0..<valueCount {
                    let value = queue.waitUntil {
                        !$0.isEmpty
                    } then: {
                        $0.removeLast()
                    }
                    sum.withLock { $0 += value }
                }
            }
        }
        let producers = try (0..<threadCount).map { thread in
            try SystemThread(name: "producer") {
                for value in 0..<valueCount {
                    queue.withLock { $0.append(thread * valueCount + value) }
                    queue.notifyOne()
                }
            }
        }
        for thread in producers + consumers { thread.join() }
        let count = threadCount * valueCount
        #expect(queue.withLock { $0.isEmpty })
        #expect(sum.withLock { $0 } == count * (count - 1) / 2)
    }

    @Test func oneChangeWakesAll() throws {
        let gate = Monitor((isOpen: false, waitingCount: 0, passedCount: 0))
        let threads = try (0..<8).map { _ in
            try SystemThread(name: "waiter") {
                gate.withLock { $0.waitingCount += 1 }
                gate.notifyAll()
                gate.waitUntil {
                    $0.isOpen
                } then: {
                    $0.passedCount += 1
                }
            }
        }
        gate.waitUntil {
            $0.waitingCount == 8
        } then: {
            #expect($0.passedCount == 0)
        }
        // Without a change nobody passes.
        gate.notifyAll()
        gate.withLock { state in
            #expect(state.passedCount == 0)
            state.isOpen = true
            gate.notifyAll()
        }
        for thread in threads { thread.join() }
        #expect(gate.withLock { $0.passedCount } == 8)
    }

    @Test func waitsEndAtTheirLimit() {
        let monitor = Monitor(false)
        for limit in [Duration.zero, .seconds(-1), .milliseconds(1), .nanoseconds(999_999_999)] {
            let start = ContinuousClock.now
            #expect(
                !monitor.waitUntil(atMost: limit) {
                    $0
                } then: {
                    $0
                })
            #expect(ContinuousClock.now - start >= limit)
        }
    }

    /// A limit beyond what the system's type holds would be in the past, and not wait at all.
    @Test(arguments: [Duration.seconds(600), .seconds(Int64.max / 2), .seconds(Int64.max)])
    func aChangeEndsAWaitBeforeItsLimit(limit: Duration) throws {
        let monitor = Monitor((isReady: false, isWaiting: false))
        let thread = try SystemThread(name: "notifier") {
            monitor.waitUntil {
                $0.isWaiting
            } then: {
                $0.isReady = true
            }
            monitor.notifyAll()
        }
        monitor.withLock { $0.isWaiting = true }
        monitor.notifyAll()
        #expect(
            monitor.waitUntil(atMost: limit) {
                $0.isReady
            } then: {
                $0.isReady
            })
        thread.join()
    }

    @Test func anErrorLetsGoOfTheLock() {
        let monitor = Monitor(1)
        #expect(throws: Refusal.self) {
            try monitor.withLock { (value) throws(Refusal) in
                value = 2
                throw Refusal()
            }
        }
        #expect(monitor.withLock { $0 } == 2)
    }
}
