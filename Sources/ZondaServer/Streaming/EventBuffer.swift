import Synchronization

/// Text between the task that makes it and the one that writes it: whoever writes takes all that waits at once.
final class EventBuffer: Sendable {
    private struct State {
        var text = ""
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    private let state = Mutex(State())
    private let maxByteCount: Int

    init(maxByteCount: Int) { self.maxByteCount = maxByteCount }

    /// Adds text; false, and nothing is added, where too much waits already.
    func add(_ text: String) -> Bool {
        let (isAdded, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !state.isFinished, state.text.utf8.count + text.utf8.count <= maxByteCount else {
                return (false, nil)
            }
            state.text += text
            return (true, state.takeWaiter())
        }
        waiter?.resume()
        return isAdded
    }

    /// Nothing is added any more; what waits can still be taken.
    func finish() {
        let waiter = state.withLock { state in
            state.isFinished = true
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// All that waits, once there is something; nil at the end. For one task only, whose cancellation is an end.
    func next() async -> String? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.text.isEmpty, !state.isFinished else { return false }
                    state.waiter = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            finish()
        }
        return state.withLock { state in
            defer { state.text = "" }
            return state.text.isEmpty ? nil : state.text
        }
    }
}
