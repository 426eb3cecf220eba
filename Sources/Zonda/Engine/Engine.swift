import Synchronization
import ZondaCore
import ZondaDevice
import ZondaTokenizer

/// A thread that owns a model and its device, and serves requests from anywhere.
final class Engine: Sendable {
    private enum Message: Sendable {
        case add(RequestID, GenerationRequest, ActiveRequest.Sink)
        case cancel(RequestID)
        case shutDown
    }

    private let mailbox = Mailbox<Message>()
    private let nextID = Atomic(0)
    private let lastLoad = Mutex(EngineLoad())

    /// What the loop was doing after its last step.
    var load: EngineLoad { lastLoad.withLock { $0 } }

    /// Starts the thread, which makes its loop by `makeLoop` and then serves until `shutDown`.
    ///
    /// - Throws: what `makeLoop` throws.
    static func start<Ready: Sendable>(
        _ makeLoop: @escaping @Sendable () throws(ZondaError) -> (EngineLoop, Ready)
    ) async throws -> (Engine, Ready) {
        let engine = Engine()
        let ready = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Ready, any Error>) in
            let run: @Sendable () -> Void = {
                do throws(ZondaError) {
                    let (loop, ready) = try makeLoop()
                    continuation.resume(returning: ready)
                    engine.serve(loop)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            do throws(ZondaError) {
                _ = try SystemThread(name: "zonda engine", stackByteCount: 8 << 20, run)
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return (engine, ready)
    }

    /// The events of a request, in order. Ending the iteration early cancels the request and frees its pages.
    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
        return AsyncThrowingStream { continuation in
            continuation.onTermination = { [mailbox] end in
                if case .cancelled = end { mailbox.post(.cancel(id)) }
            }
            let sink: ActiveRequest.Sink = { result in
                switch result {
                case .success(let event):
                    continuation.yield(event)
                    if case .completed = event { continuation.finish() }
                case .failure(let error): continuation.finish(throwing: error)
                }
            }
            if !mailbox.post(.add(id, request, sink)) { sink(.failure(Self.shutDownError)) }
        }
    }

    /// Ends the thread; requests that run end with `cancelled`.
    func shutDown() { mailbox.post(.shutDown) }

    private func serve(_ loop: EngineLoop) {
        while take(mailbox.take(waits: loop.isIdle), loop) {
            loop.step()
            lastLoad.withLock { $0 = EngineLoad(loop.scheduler) }
        }
        loop.failAll(Self.shutDownError)
        for case .add(_, _, let sink) in mailbox.close() { sink(.failure(Self.shutDownError)) }
    }

    /// Does what the messages say; false when the thread is to end.
    private func take(_ messages: [Message], _ loop: EngineLoop) -> Bool {
        var goesOn = true
        for message in messages {
            switch message {
            case .add(let id, let request, let sink): loop.add(id, request, sink)
            case .cancel(let id): loop.cancel(id)
            case .shutDown: goesOn = false
            }
        }
        return goesOn
    }

    private static let shutDownError = ZondaError(
        .cancelled, "the runner was shut down before the answer was complete",
        remedy: "keep the runner until its answers are there")
}
