import ZondaCore

/// A queue from any thread to one: `take` sleeps until there is something.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State: Sendable {
        var messages: [Message] = []
        var isClosed = false
    }

    private let state = Monitor(State())

    /// Adds a message; false when nobody will take it any more.
    @discardableResult
    func post(_ message: Message) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.messages.append(message)
            self.state.notifyOne()
            return true
        }
    }

    /// Refuses messages from now on, and returns those that are still there.
    func close() -> [Message] {
        state.withLock { state in
            state.isClosed = true
            return state.messages
        }
    }

    /// All messages that are there, in order; waits for the first one if `waits`.
    func take(waits: Bool) -> [Message] {
        state.waitUntil {
            !waits || !$0.messages.isEmpty
        } then: { state in
            defer { state.messages.removeAll(keepingCapacity: true) }
            return state.messages
        }
    }
}
