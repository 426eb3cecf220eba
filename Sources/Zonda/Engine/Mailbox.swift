import Foundation

/// A queue from any thread to one: `take` sleeps until there is something.
///
/// `@unchecked Sendable`: `messages` is touched only while `condition` is locked.
final class Mailbox<Message: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var messages: [Message] = []

    func post(_ message: Message) {
        condition.lock()
        messages.append(message)
        condition.signal()
        condition.unlock()
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
