import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import ZondaWire

/// An answer as server-sent events (WHATWG HTML, "Server-sent events"): a task makes them, the connection's writes them.
///
/// Between the two a bounded number of bytes waits. A client that takes them too slowly, or that is gone, ends the task,
/// and with it the request. So does dropping the last reference.
final class EventStream: Sendable {
    /// Where the task puts its events.
    struct Sink: Sendable {
        fileprivate let buffer: EventBuffer
        fileprivate let state: StreamState

        /// - Throws: `SlowReader` when too much waits already.
        func send(_ event: String) throws(SlowReader) {
            state.noteEvent()
            guard buffer.add(event) else {
                state.cutOff()
                throw SlowReader()
            }
        }
    }

    struct SlowReader: Error {}

    private let buffer: EventBuffer
    private let state = StreamState()
    private let task: Task<Void, Never>
    private let started: AsyncStream<WireError?>
    private let channel: any Channel
    private let options: ServerOptions
    private let keepAlive: String

    /// Starts a task that sends events.
    ///
    /// - Parameters:
    ///   - keepAlive: what is sent into long silence.
    ///   - make: sends the events.
    ///   - failed: the events that tell of an error after others were sent.
    init(
        _ channel: any Channel, _ options: ServerOptions, keepAlive: String = ServerSentEvent.comment("keep-alive"),
        _ make: @escaping @Sendable (Sink) async throws -> Void,
        failed: @escaping @Sendable (WireError) -> [String]
    ) {
        buffer = EventBuffer(maxByteCount: options.maxPendingByteCount)
        let (started, start) = AsyncStream<WireError?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        self.started = started
        self.channel = channel
        self.options = options
        self.keepAlive = keepAlive
        let sink = Sink(buffer: buffer, state: state)
        state.onFirstEvent = { start.yield(nil) }
        let limit = options.requestTimeout
        task = Task { [state] in
            do {
                try await attended(channel, limit: limit) { try await make(sink) }
            } catch is ClientGone {
                state.cutOff()
            } catch is SlowReader {
            } catch is CancellationError {
                state.cutOff()
            } catch {
                let error = WireError(any: error)
                start.yield(error)
                for event in failed(error) { try? sink.send(event) }
            }
            start.finish()
            sink.buffer.finish()
        }
    }

    deinit { task.cancel() }

    /// The response, once the first event is there or a moment has passed: an error before that is told by its status.
    func response() async throws -> Response {
        if let error = await firstError() { throw error }
        let headers: HTTPFields = [
            .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
        ]
        return Response(status: .ok, headers: headers, body: ResponseBody { try await self.write(to: &$0) })
    }

    private func firstError() async -> WireError? {
        await withTaskGroup(of: WireError??.self) { group in
            group.addTask {
                for await error in self.started { return .some(error) }
                return .some(nil)
            }
            group.addTask {
                try? await Task.sleep(for: self.options.statusPatience)
                return .some(nil)
            }
            defer { group.cancelAll() }
            return (await group.next() ?? nil) ?? nil
        }
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.watch() }
            defer { group.cancelAll() }
            while let text = await buffer.next() {
                state.beginWrite()
                try await writer.write(ByteBuffer(string: text))
                state.endWrite()
            }
        }
        // Either way the connection is closed: the client must see that the answer is not complete.
        try Task.checkCancellation()
        if state.isCutOff { throw ClientGone() }
        try await writer.finish(nil)
    }

    /// Keeps a silent stream alive, and closes the connection of a client that takes nothing.
    private func watch() async throws {
        let interval = min(options.writeTimeout, options.keepAliveInterval, .seconds(4)) / 4
        while true {
            try await Task.sleep(for: interval)
            if state.writeTime > options.writeTimeout {
                state.cutOff()
                task.cancel()
                channel.close(promise: nil)
                return
            }
            if state.takeSilence(longerThan: options.keepAliveInterval) { _ = buffer.add(keepAlive) }
        }
    }
}

/// What the parts of a stream tell each other. `Sendable`: all of it is behind a mutex.
private final class StreamState: Sendable {
    private struct State {
        var writeStart: ContinuousClock.Instant?
        var lastEvent = ContinuousClock.now
        var isCutOff = false
        var onFirstEvent: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var isCutOff: Bool { state.withLock { $0.isCutOff } }
    func cutOff() { state.withLock { $0.isCutOff = true } }
    func beginWrite() { state.withLock { $0.writeStart = .now } }
    func endWrite() { state.withLock { $0.writeStart = nil } }

    /// How long the write that goes on has taken.
    var writeTime: Duration { state.withLock { $0.writeStart?.duration(to: .now) ?? .zero } }

    var onFirstEvent: (@Sendable () -> Void)? {
        get { state.withLock { $0.onFirstEvent } }
        set { state.withLock { $0.onFirstEvent = newValue } }
    }

    func noteEvent() {
        let action = state.withLock { state in
            state.lastEvent = .now
            defer { state.onFirstEvent = nil }
            return state.onFirstEvent
        }
        action?()
    }

    /// Whether nothing was sent for that long; then the time begins anew.
    func takeSilence(longerThan limit: Duration) -> Bool {
        state.withLock { state in
            guard state.lastEvent.duration(to: .now) >= limit else { return false }
            state.lastEvent = .now
            return true
        }
    }
}
