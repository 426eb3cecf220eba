import Foundation
import Glibc
import ZondaCore

/// Events of one request on their way to Python, which pulls them: no thread of ours ever calls into an interpreter.
///
/// `@unchecked Sendable`: all members are touched only while `condition` is locked.
final class EventQueue: @unchecked Sendable {
    enum Taken {
        case event(Event)
        case failed(ZondaError)
        case ended
        case timedOut
    }

    private let condition = NSCondition()
    private var events: [Event] = []
    /// Events before it are taken.
    private var head = 0
    private var isFinished = false
    /// Why the request failed, until somebody takes it.
    private var error: ZondaError?
    /// Readable while `take` would not wait.
    private var pipe: SignalPipe?

    /// Adds an event; after `finish` it is dropped.
    func post(_ event: Event) {
        condition.lock()
        defer { condition.unlock() }
        guard !isFinished else { return }
        if head < events.count, events[events.count - 1].isReplaced(by: event) {
            events[events.count - 1] = event
        } else {
            events.append(event)
        }
        signal()
    }

    /// Ends the events, with `error` as the last one if there was one. Only the first end counts.
    func finish(_ error: ZondaError? = nil) {
        condition.lock()
        defer { condition.unlock() }
        guard !isFinished else { return }
        isFinished = true
        self.error = error
        signal()
    }

    /// The next event, waiting for it up to `seconds`.
    func take(waiting seconds: Double) -> Taken {
        condition.lock()
        defer { condition.unlock() }
        if seconds > 0, isEmpty {
            let deadline = Date(timeIntervalSinceNow: seconds)
            while isEmpty, condition.wait(until: deadline) {}
        }
        if head < events.count {
            let event = events[head]
            head += 1
            if head == events.count {
                events.removeAll(keepingCapacity: true)
                head = 0
            }
            if isEmpty { pipe?.clear() }
            return .event(event)
        }
        guard isFinished else { return .timedOut }
        defer { error = nil }
        return error.map { .failed($0) } ?? .ended
    }

    /// A file descriptor that is readable while `take` would not wait; closed with the queue.
    func descriptor() throws(ZondaError) -> Int32 {
        condition.lock()
        defer { condition.unlock() }
        if let pipe { return pipe.readEnd }
        let pipe = try SignalPipe()
        if !isEmpty { pipe.set() }
        self.pipe = pipe
        return pipe.readEnd
    }

    private var isEmpty: Bool { head == events.count && !isFinished }

    private func signal() {
        condition.broadcast()
        pipe?.set()
    }
}
