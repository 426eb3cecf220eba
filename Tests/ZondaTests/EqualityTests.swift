import Synchronization
import TestSupport
import Testing
import Zonda

/// The same request gives the same tokens and log-probabilities, bit for bit, whatever runs beside it and however its
/// prompt is cut. The thresholds are those of the kernels (8 and 64 rows) and of pages (32 tokens).
struct EqualityTests {
    /// What takes different ways through the engine: bfloat16 in tiny files, windows, experts; blocks of 32 and 256 and
    /// plain types in random weights.
    static let subjects = ["llama", "mistral", "mixtral", "qwen3", "Q4_K_M", "Q8_0", "Q4_1", "F16", "F32"]

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func model(_ subject: String) throws -> Which {
        let isType = subject.first?.isUppercase == true
        return isType ? try Models.synthetic(subject, in: folder) : Models.tiny(subject)
    }

    private func runner(
        _ subject: String, batch: Int = 1, _ change: (inout RunnerOptions) -> Void = { _ in }
    ) async throws -> Runner {
        try await Runner(
            which: try model(subject).withMaxSeqLen(256).withMaxBatchSize(batch), options: RunnerOptions(change))
    }

    /// The answers of each request alone, in one chunk, without a cache.
    private func baseline(_ subject: String, _ requests: [CompletionRequest]) async throws -> [Answer] {
        let runner = try await runner(subject) { $0.prefixCaching = false }
        let answers = try await runner.answersAlone(requests)
        #expect(answers.allSatisfy { $0.tokens.count == 12 && $0.finishReason == .length })
        return answers
    }

    private static let requests = (0..<8).map { Probe.request($0) }

    @Test(arguments: subjects)
    func batches(_ subject: String) async throws {
        let requests = (0..<80).map { Probe.request($0) }
        let expected = try await baseline(subject, requests)
        for batch in [2, 8, 9, 64, 65, 80] {
            let runner = try await runner(subject, batch: batch)
            let answers = try await runner.answersTogether(requests)
            #expect(answers == expected, "batch of \(batch)")
        }
    }

    @Test(arguments: subjects)
    func chunks(_ subject: String) async throws {
        let expected = try await baseline(subject, Self.requests)
        for rows in [1, 7, 8, 9, 32, 63, 64, 65, 512] {
            let runner = try await runner(subject) { $0.maxTokensPerStep = rows }
            #expect(try await runner.answersAlone(Self.requests) == expected, "steps of \(rows) rows")
        }
    }

    @Test(arguments: subjects)
    func chunksBesideOthers(_ subject: String) async throws {
        let expected = try await baseline(subject, Self.requests)
        for rows in [8, 13, 70] {
            let runner = try await runner(subject, batch: 8) { $0.maxTokensPerStep = rows }
            #expect(try await runner.answersTogether(Self.requests) == expected, "steps of \(rows) rows")
        }
    }

    /// A chunk's rows follow the clock, so here they are as a clock might have it.
    @Test(arguments: subjects, [0, 2])
    func chunksThatChange(_ subject: String, lookahead: Int) async throws {
        let requests = (0..<24).map { Probe.request($0, length: 20 + 9 * $0 % 140) }
        let expected = try await baseline(subject, requests)
        let random = Mutex(SplitMix64(seed: 11))
        let runner = try await runner(subject, batch: 6) {
            $0.lookahead = lookahead
            $0.limitPromptRows = { _ in
                random.withLock { Int([0, 1, 3, 8, 16, 17, 40, 100][Int($0.next() % 8)]) }
            }
        }
        #expect(try await runner.answersTogether(requests) == expected)
        #expect(try await runner.answersTogether(requests) == expected, "a second time, with prefixes in the cache")
    }

    @Test(arguments: ["llama", "Q4_K_M"], [DType.f16, .f32, .q8_0])
    func threadsAndLookahead(_ subject: String, _ kvType: DType) async throws {
        let single = try await runner(subject) { $0.kvType = kvType }
        let expected = try await single.answersAlone(Self.requests)
        for threads in [1, 2, 3] {
            for lookahead in [0, 1, 2] {
                let runner = try await runner(subject, batch: 5) {
                    $0.threads = threads
                    $0.lookahead = lookahead
                    $0.kvType = kvType
                }
                let answers = try await runner.answersTogether(Self.requests)
                #expect(answers == expected, "\(threads) threads, lookahead \(lookahead)")
            }
        }
    }

    @Test(arguments: subjects)
    func warmPrefix(_ subject: String) async throws {
        let requests = [96, 97, 128, 150].map { Probe.request(5, length: $0) }
        let expected = try await baseline(subject, requests)
        let runner = try await runner(subject)
        for (request, answer) in zip(requests, expected) {
            let cold = try await runner.sendCompletionRequest(request)
            let warm = try await runner.sendCompletionRequest(request)
            #expect(warm.usage.cachedTokens >= 64, "\(warm.usage)")
            #expect(cold.choices.map(Answer.init) == [answer])
            #expect(warm.choices.map(Answer.init) == [answer])
        }
    }

    @Test(arguments: ["llama", "mistral", "Q4_K_M"], [0, 1, 2])
    func preemption(_ subject: String, lookahead: Int) async throws {
        let requests = (0..<6).map { Probe.request($0, length: 20 + 5 * $0, maxTokens: 90) }
        let single = try await runner(subject)
        let expected = try await single.answersAlone(requests)
        let bytesPerSequence = single.model.kvByteCount
        // Pages for one sequence of 256 tokens: several of 20 to 45 tokens get in, and then grow to over 100.
        let runner = try await runner(subject, batch: 6) {
            $0.kvByteCount = bytesPerSequence
            $0.lookahead = lookahead
        }
        #expect(runner.model.kvByteCount <= bytesPerSequence)
        #expect(try await runner.answersTogether(requests) == expected)
        #expect(try await runner.answersTogether(requests) == expected, "a second time, over what the first left")
    }

    @Test func choices() async throws {
        var request = Probe.request(1, length: 70)
        request.n = 5
        let single = try await runner("llama")
        let expected = try await single.sendCompletionRequest(request)
        #expect(Set(expected.choices.map(\.tokens)).count > 1, "choices are sampled apart")
        #expect(expected.usage.completionTokens == 60)
        for (batch, rows) in [(5, 512), (3, 7), (8, 64)] {
            let runner = try await runner("llama", batch: batch) { $0.maxTokensPerStep = rows }
            async let other = runner.answer(Probe.request(2))
            let response = try await runner.sendCompletionRequest(request)
            #expect(response.choices.map(Answer.init) == expected.choices.map(Answer.init))
            #expect(response.choices.map(\.index) == [0, 1, 2, 3, 4])
            _ = try await other
        }
        // The first choice is what a request for one would get.
        request.n = 1
        #expect(try await single.answer(request) == Answer(expected.choices[0]))
    }

    @Test func seedsMatter() async throws {
        let runner = try await runner("llama")
        var request = Probe.request(1)
        let first = try await runner.answer(request)
        request.seed = 77
        #expect(try await runner.answer(request) != first)
        request.seed = nil
        #expect(try await runner.answer(request) != runner.answer(request))
    }
}
