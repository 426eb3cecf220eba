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
    return try await limited(channel, limit: limit, late: .timedOut(limit)) {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(operation: operation)
            group.addTask {
                for await _ in gone {}
                try Task.checkCancellation()
                throw ClientGone()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

/// Runs `operation` until it is done or its time is up: then it is cancelled, and `late` thrown.
///
/// The timer is the event loop's: what a cancelled `Task.sleep` holds stays until its time, for each request of the last
/// ten minutes.
func limited<Value: Sendable>(
    _ channel: any Channel, limit: Duration, late: WireError, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let (waiting, expire) = AsyncStream<Void>.makeStream()
    let timer = channel.eventLoop.scheduleTask(in: TimeAmount(limit)) { expire.finish() }
    defer { timer.cancel() }
    return try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: operation)
        group.addTask {
            for await _ in waiting {}
            try Task.checkCancellation()
            throw late
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
