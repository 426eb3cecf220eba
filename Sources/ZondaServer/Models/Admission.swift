import Synchronization
import ZondaWire

/// Counts the requests that are served, and refuses new ones when there are too many or the server is about to stop.
final class Admission: Sendable {
    private struct State {
        var requestCount = 0
        var streamCount = 0
        var isDraining = false
        /// Resumed when the last request is served.
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let maxStreamCount: Int

    init(maxStreamCount: Int) { self.maxStreamCount = maxStreamCount }

    var isDraining: Bool { state.withLock { $0.isDraining } }
    var requestCount: Int { state.withLock { $0.requestCount } }

    /// Lets a request in until its ticket goes.
    ///
    /// - Throws: 503 for one too many.
    func enter(streams: Bool) throws(WireError) -> AdmissionTicket {
        try state.withLock { state throws(WireError) in
            if state.isDraining { throw Self.draining }
            if streams, state.streamCount >= maxStreamCount {
                throw WireError(
                    status: 503, type: "server_error", message: "\(state.streamCount) streams run (try again later)",
                    code: "too_many_streams", retryAfter: 2)
            }
            state.requestCount += 1
            if streams { state.streamCount += 1 }
        }
        return AdmissionTicket(self, streams: streams)
    }

    /// Refuses requests from now on.
    func drain() { state.withLock { $0.isDraining = true } }

    /// Waits until the last request is served, or `stopWaiting`.
    func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.requestCount > 0 { state.waiters.append(continuation) }
                return state.requestCount == 0
            }
            if isIdle { continuation.resume() }
        }
    }

    func stopWaiting() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    fileprivate func leave(streams: Bool) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.requestCount -= 1
            if streams { state.streamCount -= 1 }
            guard state.requestCount == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    static let draining = WireError(
        status: 503, type: "server_error", message: "the server is about to stop (ask another one, or later)",
        code: "shutting_down", retryAfter: 30)
}

/// A request that is served, until the last reference is gone.
final class AdmissionTicket: Sendable {
    private let admission: Admission
    private let streams: Bool

    fileprivate init(_ admission: Admission, streams: Bool) {
        self.admission = admission
        self.streams = streams
    }

    deinit { admission.leave(streams: streams) }
}
