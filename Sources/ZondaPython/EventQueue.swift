import ZondaCore

/// Events of one request on their way to Python, which pulls them: no thread of ours ever calls into an interpreter.
final class EventQueue: Sendable {
    enum Taken {
        case event(Event)
        case failed(ZondaError)
        case ended
        case timedOut
    }

    private struct State: Sendable {
        var events: [Event] = []
        /// Events before it are taken.
        var head = 0
        var isFinished = false
        /// Why the request failed, until somebody takes it.
        var error: ZondaError?
        /// Readable while `take` would not wait.
        var pipe: SignalPipe?

        var isEmpty: Bool { head == events.count && !isFinished }
    }

    private let state = Monitor(State())

    /// Adds an event; after `finish` it is dropped.
    func post(_ event: Event) {
        state.withLock { state in
            guard !state.isFinished else { return }
            if state.head < state.events.count, state.events[state.events.count - 1].isReplaced(by: event) {
                state.events[state.events.count - 1] = event
            } else {
                state.events.append(event)
            }
            signal(state)
        }
    }

    /// Ends the events, with `error` as the last one if there was one. Only the first end counts.
    func finish(_ error: ZondaError? = nil) {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            state.error = error
            signal(state)
        }
    }

    /// The next event, waiting for it up to `limit`.
    func take(waiting limit: Duration) -> Taken {
        state.waitUntil(atMost: limit) {
            !$0.isEmpty
        } then: { state in
            if state.head < state.events.count {
                let event = state.events[state.head]
                state.head += 1
                if state.head == state.events.count {
                    state.events.removeAll(keepingCapacity: true)
                    state.head = 0
                }
                if state.isEmpty { state.pipe?.clear() }
                return .event(event)
            }
            guard state.isFinished else { return .timedOut }
            defer { state.error = nil }
            return state.error.map { .failed($0) } ?? .ended
        }
    }

    /// A file descriptor that is readable while `take` would not wait; closed with the queue.
    func descriptor() throws(ZondaError) -> Int32 {
        try state.withLock { (state) throws(ZondaError) in
            if let pipe = state.pipe { return pipe.readEnd }
            let pipe = try SignalPipe()
            if !state.isEmpty { pipe.set() }
            state.pipe = pipe
            return pipe.readEnd
        }
    }

    private func signal(_ state: State) {
        self.state.notifyAll()
        state.pipe?.set()
    }
}
