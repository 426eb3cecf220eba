import TestSupport
import Testing
import Zonda

/// A request that nobody waits for any more leaves nothing behind.
struct CancellationTests {
    /// Pages for just one sequence of the whole context.
    private func runner(lookahead: Int = 0) async throws -> Runner {
        try await Runner(
            which: Models.tiny().withMaxSeqLen(1024).withMaxBatchSize(1),
            options: RunnerOptions { $0.lookahead = lookahead })
    }

    /// Needs every page of the runner.
    private var everything: CompletionRequest { Probe.request(0, length: 900, maxTokens: 124) }

    @Test(arguments: [0, 1, 2]) func leavingAStream(lookahead: Int) async throws {
        let runner = try await runner(lookahead: lookahead)
        let expected = try await runner.answer(everything)
        #expect(expected.tokens.count == 124)
        for _ in 0..<3 {
            var seen = 0
            for try await chunk in runner.streamCompletionRequest(Probe.request(2, length: 500, maxTokens: 500)) {
                seen += chunk.choices.reduce(0) { $0 + $1.tokens.count }
                if seen == 5 { break }
            }
            #expect(try await runner.answer(everything) == expected)
        }
    }

    @Test(arguments: [0, 1, 2]) func cancellingATask(lookahead: Int) async throws {
        let runner = try await runner(lookahead: lookahead)
        let expected = try await runner.answer(everything)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let streaming = Task {
            for try await _ in runner.streamCompletionRequest(Probe.request(2, length: 500, maxTokens: 500)) {
                start.finish()
            }
        }
        for await _ in started {}
        streaming.cancel()
        #expect(try await runner.answer(everything) == expected)
        // This one waits for its turn behind the next, and is cancelled before or while it runs.
        async let other = runner.answer(everything)
        let whole = Task { try await runner.answer(Probe.request(2, length: 500, maxTokens: 500)) }
        whole.cancel()
        await #expect(throws: CancellationError.self) { try await whole.value }
        #expect(try await other == expected)
        #expect(try await runner.answer(everything) == expected)
    }

    @Test func cancellingManyAtRandom() async throws {
        let runner = try await Runner(
            which: Models.tiny().withMaxSeqLen(256).withMaxBatchSize(8),
            options: RunnerOptions {
                $0.lookahead = 2
                $0.maxTokensPerStep = 16
            })
        let requests = (0..<40).map { Probe.request($0, maxTokens: 20) }
        let expected = try await runner.answersAlone(requests)
        var random = SplitMix64(seed: 5)
        let limits = requests.indices.map { $0 % 3 == 0 ? 1000 : Int.random(in: 0..<18, using: &random) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in requests.indices {
                group.addTask {
                    var tokens: [TokenID] = []
                    for try await chunk in runner.streamCompletionRequest(requests[index]) {
                        tokens += chunk.choices.flatMap(\.tokens)
                        if tokens.count >= limits[index] { break }
                    }
                    #expect(tokens == Array(expected[index].tokens.prefix(tokens.count)))
                    #expect(tokens.count == min(20, max(1, limits[index])))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await runner.answersTogether(requests) == expected)
    }

    /// Whoever leaves, and whenever: no sequence runs or waits, and no page is used by anyone.
    @Test(arguments: [0, 2]) func nothingIsLeftOfThoseWhoLeave(lookahead: Int) async throws {
        let runner = try await Runner(
            which: Models.tiny().withMaxSeqLen(256).withMaxBatchSize(6),
            options: RunnerOptions {
                $0.lookahead = lookahead
                $0.maxTokensPerStep = 24
            })
        var random = SplitMix64(seed: UInt64(9 + lookahead))
        let visits = (0..<300).map { _ in (length: Int(random.next() % 150) + 1, tokens: Int(random.next() % 12)) }
        await withTaskGroup(of: Void.self) { group in
            for (index, visit) in visits.enumerated() {
                var request = Probe.request(index, length: visit.length, maxTokens: 100)
                request.n = 1 + index % 3
                group.addTask { [request] in
                    let stream = Task {
                        var count = 0
                        for try await chunk in runner.streamCompletionRequest(request) {
                            count += chunk.choices.reduce(0) { $0 + $1.tokens.count }
                            if count > visit.tokens { break }
                        }
                    }
                    // A third goes before its first token is there.
                    if index % 3 == 0 { stream.cancel() }
                    _ = try? await stream.value
                }
                if index % 40 == 39 { await group.waitForAll() }
            }
        }
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while runner.load.runningCount + runner.load.waitingCount > 0, .now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(runner.load.runningCount == 0)
        #expect(runner.load.waitingCount == 0)
        #expect(runner.load.pageShare == 0)
    }

    @Test func errorInABody() async throws {
        struct Enough: Error {}
        let runner = try await runner()
        let expected = try await runner.answer(everything)
        await #expect(throws: Enough.self) {
            try await runner.forEachLogits(of: Probe.tokens(600, seed: 3)) { position, _ in
                if position == 20 { throw Enough() }
            }
        }
        #expect(try await runner.answer(everything) == expected)
    }

    @Test func shutDown() async throws {
        let runner = try await runner()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let running = Task {
            // One after the other: far longer than the test waits.
            var request = Probe.request(2, length: 20, maxTokens: 1000)
            request.n = 128
            for try await _ in runner.streamCompletionRequest(request) { start.finish() }
        }
        for await _ in started {}
        runner.shutDown()
        let errors = [
            await #expect(throws: ZondaError.self) { try await running.value },
            await #expect(throws: ZondaError.self) { _ = try await runner.answer(everything) },
        ]
        for error in errors { #expect(error?.code == .cancelled, "\(String(describing: error))") }
        runner.shutDown()
    }
}
