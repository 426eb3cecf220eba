import OrderedCollections
import Zonda
import ZondaCore

/// What a long prompt that arrives does to the requests that are being answered: the time between their tokens before it
/// comes, and from then to its first token.
struct BenchArrival {
    /// Requests that are being answered.
    var concurrency: Int
    /// Tokens of their prompts.
    var prompt: Int
    /// Tokens of their answers at most; they must last until the long prompt has its first token.
    var generate: Int
    /// Tokens of the prompt that arrives.
    var arriving: Int

    private enum News {
        case tokens(client: Int, [ContinuousClock.Instant])
        case arrivedFirstToken
    }

    /// Tokens of each request before the long prompt is sent: time to measure, and for the engine to learn.
    private static let settledCount = 64

    /// - Throws: `badRequest` when the answers ended too early.
    func run(on runner: Runner, seed: UInt64) async throws -> ArrivalResult {
        var random = SplitMix(seed: seed)
        let vocabulary = UInt64(runner.model.vocabularyCount)
        func request(_ count: Int, generate: Int) -> CompletionRequest {
            var options = GenerationOptions()
            options.temperature = 0
            options.ignoreEOS = true
            options.maxTokens = generate
            return CompletionRequest(
                tokens: (0..<count).map { _ in TokenID(random.next() % vocabulary) }, options: options)
        }
        let clock = ContinuousClock()
        let start = clock.now
        _ = try await runner.sendCompletionRequest(request(arriving, generate: 1))
        let alone = (clock.now - start).seconds
        let others = (0..<concurrency).map { _ in request(prompt, generate: generate) }
        let long = request(arriving, generate: 1)
        let (news, sink) = AsyncStream.makeStream(of: News.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for (client, request) in others.enumerated() {
                group.addTask {
                    for try await chunk in runner.streamCompletionRequest(request) {
                        sink.yield(.tokens(client: client, chunk.choices.flatMap(\.times)))
                    }
                }
            }
            var times = Array(repeating: [ContinuousClock.Instant](), count: concurrency)
            var arrival: ContinuousClock.Instant?
            for await news in news {
                switch news {
                case .tokens(let client, let new): times[client] += new
                case .arrivedFirstToken:
                    group.cancelAll()
                    let end = clock.now
                    return result(times, arrival: arrival ?? end, firstToken: end, alone: alone)
                }
                guard times.allSatisfy({ $0.count < generate }) else { break }
                guard arrival == nil, times.allSatisfy({ $0.count >= Self.settledCount }) else { continue }
                arrival = clock.now
                group.addTask {
                    _ = try await runner.sendCompletionRequest(long)
                    sink.yield(.arrivedFirstToken)
                }
            }
            throw ZondaError(
                .badRequest, "answers of \(generate) tokens ended before the prompt of \(arriving) was read",
                remedy: "raise --generate")
        }
    }

    private func result(
        _ times: [[ContinuousClock.Instant]], arrival: ContinuousClock.Instant, firstToken: ContinuousClock.Instant,
        alone: Double
    ) -> ArrivalResult {
        // From when all have begun: what came before were their own prompts.
        let begun = times.compactMap(\.first).max() ?? arrival
        var (before, during): ([Double], [Double]) = ([], [])
        for times in times {
            for (earlier, later) in zip(times, times.dropFirst()) where earlier > begun {
                if later <= arrival {
                    before.append((later - earlier).seconds)
                } else if later <= firstToken {
                    during.append((later - earlier).seconds)
                }
            }
        }
        return ArrivalResult(
            shape: self, before: Distribution(before), during: Distribution(during),
            timeToFirstToken: (firstToken - arrival).seconds, timeToFirstTokenAlone: alone)
    }
}

/// Seconds between tokens, before and while a long prompt is computed.
struct ArrivalResult {
    var shape: BenchArrival
    var before: Distribution?
    var during: Distribution?
    /// Of the long prompt, beside the others and when nothing else ran.
    var timeToFirstToken: Double
    var timeToFirstTokenAlone: Double

    /// How many times as long as usual a token takes that takes longest: the 99th percentile beside the long prompt, over
    /// the median without it.
    var delay: Double? {
        guard let before, let during else { return nil }
        return during.p99 / before.median
    }

    static let heading =
        "requests  arriving  between tokens: median ms      p99  with it: median ms      p99  p99 / median"
        + "  first token after s  alone"

    var row: String {
        func milliseconds(_ value: Double?) -> String { value.map { Terminal.decimal($0 * 1e3, 1) } ?? "-" }
        return "\(shape.concurrency)".padded(leftTo: 8) + "\(shape.arriving)".padded(leftTo: 10)
            + milliseconds(before?.median).padded(leftTo: 28) + milliseconds(before?.p99).padded(leftTo: 9)
            + milliseconds(during?.median).padded(leftTo: 20) + milliseconds(during?.p99).padded(leftTo: 9)
            + (delay.map { Terminal.decimal($0, 2) } ?? "-").padded(leftTo: 14)
            + Terminal.decimal(timeToFirstToken, 2).padded(leftTo: 21)
            + Terminal.decimal(timeToFirstTokenAlone, 2).padded(leftTo: 7)
    }

    var json: JSONValue {
        .object([
            "concurrency": .integer(shape.concurrency), "prompt": .integer(shape.prompt),
            "arriving": .integer(shape.arriving), "before": before?.json ?? .null, "during": during?.json ?? .null,
            "delay": delay.map { .number($0) } ?? .null, "timeToFirstToken": .number(timeToFirstToken),
            "timeToFirstTokenAlone": .number(timeToFirstTokenAlone),
        ])
    }
}
