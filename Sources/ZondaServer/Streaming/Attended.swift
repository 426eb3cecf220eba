import NIOCore
import ZondaWire

/// Runs `operation` until it is done, its time is up, or the client is gone: then it is cancelled.
///
/// - Throws: what the operation throws, `ClientGone`, or 503 when time is up.
func attended<Value: Sendable>(
    _ channel: any Channel, limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let handler = try await channel.pipeline.handler(type: InboundCloseHandler.self).get()
    let (gone, go) = AsyncStream<Void>.makeStream()
    let id = handler.onClose { go.finish() }
    defer { handler.forget(id) }
    return try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: operation)
        group.addTask {
            for await _ in gone {}
            try Task.checkCancellation()
            throw ClientGone()
        }
        group.addTask {
            try await Task.sleep(for: limit)
            throw WireError.timedOut(limit)
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}

extension WireError {
    static func timedOut(_ limit: Duration) -> WireError {
        WireError(
            status: 503, type: "server_error",
            message: "the answer was not complete after \(limit.components.seconds) s (ask for fewer tokens, or raise "
                + "--request-timeout)", code: "timeout", retryAfter: 5)
    }
}
