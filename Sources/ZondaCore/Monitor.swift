import Glibc

/// A value behind a lock, for threads that sleep until it is as they want it: `Mutex` with a condition variable.
///
/// ```swift
/// let queue = Monitor([Int]())
/// queue.withLock { $0.append(1) }                        // on one thread
/// queue.notifyOne()
/// let next = queue.waitUntil { !$0.isEmpty } then: { $0.removeFirst() }    // on another
/// ```
/// Whoever changes what others wait for notifies them, inside or after `withLock`: no wakeup is lost, as a waiter looks at
/// the value under the lock before it sleeps. What is called under the lock must not use the same monitor but to notify.
/// A waiter blocks its thread: in tasks use a stream instead.
///
/// POSIX threads and not Foundation's `NSCondition`: that would bring the tables of ICU with it, 39 MB in a static library.
///
/// `@unchecked Sendable`: `value` is touched only while `mutex` is locked.
package final class Monitor<Value: Sendable>: @unchecked Sendable {
    // By pointer: both must stay where they were made.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        Self.expect(pthread_mutex_init(mutex, nil), "pthread_mutex_init")
        var attributes = pthread_condattr_t()
        Self.expect(pthread_condattr_init(&attributes), "pthread_condattr_init")
        // Setting the machine's clock must not lengthen or cut a wait.
        Self.expect(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), "pthread_condattr_setclock")
        Self.expect(pthread_cond_init(changed, &attributes), "pthread_cond_init")
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` with the value, alone.
    package func withLock<Result, Failure>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body(&value)
    }

    /// Sleeps until `isReady`, however long, and then runs `body`, alone with the value that was found ready.
    package func waitUntil<Result>(_ isReady: (Value) -> Bool, then body: (inout Value) -> Result) -> Result {
        lock()
        defer { unlock() }
        while !isReady(value) { Self.expect(pthread_cond_wait(changed, mutex), "pthread_cond_wait") }
        return body(&value)
    }

    /// Sleeps until `isReady`, for `limit` at most, and then runs `body`, alone with the value, ready or not.
    package func waitUntil<Result>(
        atMost limit: Duration, _ isReady: (Value) -> Bool, then body: (inout Value) -> Result
    ) -> Result {
        lock()
        defer { unlock() }
        if limit > .zero, !isReady(value) {
            var deadline = Self.deadline(after: limit)
            while !isReady(value) {
                let result = pthread_cond_timedwait(changed, mutex, &deadline)
                if result == ETIMEDOUT { break }
                Self.expect(result, "pthread_cond_timedwait")
            }
        }
        return body(&value)
    }

    /// Wakes one of those who wait, for a change that one can use up.
    package func notifyOne() { pthread_cond_signal(changed) }

    /// Wakes all who wait.
    package func notifyAll() { pthread_cond_broadcast(changed) }

    private func lock() { Self.expect(pthread_mutex_lock(mutex), "pthread_mutex_lock") }

    private func unlock() { Self.expect(pthread_mutex_unlock(mutex), "pthread_mutex_unlock") }

    /// A longer wait than any: beyond it the system's type would overflow.
    private static var maxSecondCount: Int64 { 1 << 32 }

    private static func deadline(after limit: Duration) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = min(limit, .seconds(maxSecondCount)).components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
        time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        return time
    }

    private static func expect(_ result: Int32, _ call: StaticString) {
        precondition(result == 0, "\(call): \(FileSystem.reason(result))")
    }
}
