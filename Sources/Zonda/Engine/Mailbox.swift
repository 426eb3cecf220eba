import Foundation

/// A queue from any thread to one: `take` sleeps until there is something.
///
/// `@unchecked Sendable`: `messages` is touched only while `condition` is locked.
final class Mailbox<Message: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var messages: [Message] = []
    private var isClosed = false

    /// Adds a message; false when nobody will take it any more.
    @discardableResult
    func post(_ message: Message) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed else { return false }
        messages.append(message)
        condition.signal()
        return true
    }

    /// Refuses messages from now on, and returns those that are still there.
    func close() -> [Message] {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        return messages
    }

    /// All messages that are there, in order; waits for the first one if `waits`.
    func take(waits: Bool) -> [Message] {
        condition.lock()
        defer { condition.unlock() }
        while waits, messages.isEmpty { condition.wait() }
        defer { messages.removeAll(keepingCapacity: true) }
        return messages
    }
}
