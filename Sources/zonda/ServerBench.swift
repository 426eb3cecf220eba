import Synchronization
import Zonda

/// Drives a server with a number of clients, each of which sends its next request when it has its answer.
struct ServerBench: Sendable {
    var client: ServerBenchClient
    var model: String
    var prompt: Int
    var generate: Int
    var options: ServerBenchOptions

    /// One request and what came of it.
    struct Record: Sendable {
        var start: ContinuousClock.Instant
        var end: ContinuousClock.Instant
        var answer: Result<ServerBenchClient.Answer, ServerBenchFailure>
    }

    /// Sends one short request, so that a model that is loaded on first use is there.
    func warmUp() async throws {
        _ = try await client.stream(path, body(concurrency: 0, index: 0, generate: 4))
    }

    func run(concurrency: Int) async throws -> ServerBenchResult {
        let clock = ContinuousClock()
        let start = clock.now
        let end = options.duration.map { start.advanced(by: .seconds($0)) }
        let count = options.duration == nil ? options.requests ?? max(16, 4 * concurrency) : Int.max
        let tickets = Tickets()
        let records = try await withThrowingTaskGroup(of: [Record].self) { group in
            for _ in 0..<concurrency {
                group.addTask {
                    var records: [Record] = []
                    while end.map({ clock.now < $0 }) ?? true {
                        let index = tickets.take()
                        guard index < count else { break }
                        records.append(try await send(concurrency: concurrency, index: index))
                    }
                    return records
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return ServerBenchResult(
            concurrency: concurrency, records: records, maxTimeToFirstToken: options.maxTimeToFirstToken * 1e-3,
            maxTimePerToken: options.maxTimePerToken * 1e-3)
    }

    /// A request that fails is a result too; only being cancelled is not.
    private func send(concurrency: Int, index: Int) async throws -> Record {
        let body = body(concurrency: concurrency, index: index, generate: generate)
        let start = ContinuousClock.now
        do {
            let answer = try await client.stream(path, body)
            return Record(start: start, end: .now, answer: .success(answer))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // A server that is gone fails at once; without a pause a client would spin.
            try await Task.sleep(for: .milliseconds(50))
            return Record(start: start, end: .now, answer: .failure(ServerBenchFailure(message: "\(error)")))
        }
    }

    private var path: String { options.completions ? "/completions" : "/chat/completions" }

    private func body(concurrency: Int, index: Int, generate: Int) -> JSONValue {
        let prompts = ServerBenchPrompts(
            seed: options.seed, wordCount: prompt, sharedWordCount: options.sharedPrefix)
        return ServerBenchPrompts.body(
            prompts.text(concurrency: concurrency, index: index), model: model, generate: generate,
            isChat: !options.completions, ignoresEOS: options.ignoreEos)
    }

    /// Numbers requests, for clients that take the next one.
    private final class Tickets: Sendable {
        private let next = Atomic(0)
        func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
}

/// Why a request failed.
struct ServerBenchFailure: Error, Hashable {
    var message: String
}
