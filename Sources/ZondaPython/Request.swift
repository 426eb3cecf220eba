import ZondaCore

/// Something that takes time: loading a model, or a request to one. Its events are pulled from `events`.
final class Request: Sendable {
    let events: EventQueue
    private let task: Task<Void, Never>

    /// Starts `body`, which posts events. What it throws ends them.
    init(_ body: @escaping @Sendable (EventQueue) async throws -> Void) {
        let events = EventQueue()
        self.events = events
        task = Task {
            do {
                try await body(events)
                events.finish()
            } catch {
                events.finish(ZondaError(any: error))
            }
        }
    }

    /// Ends the request now, with `cancelled`; what it holds is freed as soon as its task notices.
    func cancel() {
        task.cancel()
        events.finish(Self.cancelledError)
    }

    static let cancelledError = ZondaError(
        .cancelled, "the request was cancelled before it was complete", remedy: "send it again")
}

extension ZondaError {
    /// `error` itself, or what stands for it.
    init(any error: any Error) {
        switch error {
        case let error as ZondaError: self = error
        case is CancellationError: self = Request.cancelledError
        default:
            self.init(.internalFault, "\(error)", remedy: "please report this", cause: error)
        }
    }
}
