import TestSupport
import Testing
import Zonda

/// Logits and hidden states of a prompt's own tokens.
struct PromptOutputTests {
    private static let tokens = Probe.tokens(150, seed: 9)

    private func runner(
        batch: Int = 1, model: String = "llama", _ change: (inout RunnerOptions) -> Void = { _ in }
    ) async throws -> Runner {
        try await Runner(
            which: Models.tiny(model).withMaxSeqLen(256).withMaxBatchSize(batch), options: RunnerOptions(change))
    }

    @Test(arguments: ["llama", "qwen3"]) func chunksEqualTheWhole(_ model: String) async throws {
        let whole = try await runner(model: model)
        let logits = try await whole.logits(of: Self.tokens)
        let states = try await whole.hiddenStates(of: Self.tokens)
        #expect(logits.count == 150)
        #expect(logits.allSatisfy { $0.count == 320 })
        #expect(states.count == 150)
        #expect(states.allSatisfy { $0.count == 64 })
        // Batches of 40 keep 40 rows of logits at a time, otherwise 16: steps have more rows than that.
        for (rows, batch) in [(1, 1), (7, 1), (15, 1), (17, 4), (64, 40), (65, 1), (512, 40)] {
            let runner = try await runner(batch: batch, model: model) { $0.maxTokensPerStep = rows }
            #expect(try await runner.logits(of: Self.tokens) == logits, "steps of \(rows) rows")
            #expect(try await runner.hiddenStates(of: Self.tokens) == states, "steps of \(rows) rows")
            // Again, now that the prompt's pages are in the cache.
            #expect(try await runner.logits(of: Self.tokens) == logits, "warm, steps of \(rows) rows")
        }
    }

    @Test(arguments: [0, 1, 2]) func besideOtherRequests(lookahead: Int) async throws {
        let single = try await runner()
        let logits = try await single.logits(of: Self.tokens)
        let states = try await single.hiddenStates(of: Self.tokens)
        let requests = (0..<8).map { Probe.request($0) }
        let expected = try await single.answersAlone(requests)
        let runner = try await runner(batch: 6) {
            $0.maxTokensPerStep = 50
            $0.lookahead = lookahead
        }
        async let first = runner.logits(of: Self.tokens)
        async let answers = runner.answersTogether(requests)
        async let second = runner.hiddenStates(of: Self.tokens)
        async let third = runner.logits(of: Array(Self.tokens.prefix(33)))
        #expect(try await first == logits)
        #expect(try await second == states)
        #expect(try await third == Array(logits.prefix(33)))
        #expect(try await answers == expected)
        #expect(try await runner.answersTogether(requests) == expected, "afterwards")
    }

    @Test func greedyContinuation() async throws {
        let runner = try await runner()
        var request = CompletionRequest(tokens: Self.tokens, maxTokens: 20)
        request.ignoreEOS = true
        request.temperature = 0
        let expected = try await runner.answer(request).tokens
        var positions: [Int] = []
        let greedy = try await runner.forEachLogits(of: Self.tokens, greedyCount: 20) { position, _ in
            positions.append(position)
        }
        #expect(greedy == expected)
        #expect(positions == Array(0..<150))
    }

    @Test func embeddings() async throws {
        let runner = try await Runner(which: Models.gguf().withMaxSeqLen(256), options: RunnerOptions { _ in })
        let text = "One vector for a text."
        let rows = try await runner.hiddenStates(of: try runner.tokenize(text))
        #expect(rows.count > 1)
        let mean = (0..<64).map { column in rows.reduce(0.0) { $0 + Double($1[column]) } / Double(rows.count) }
        func differs(_ vector: [Float], from expected: [Double]) -> Double {
            zip(vector, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        }
        let plain = try await runner.embedding(of: text, normalizes: false)
        #expect(plain.count == 64)
        #expect(differs(plain, from: mean) < 1e-5)
        let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(differs(try await runner.embedding(of: text), from: mean.map { $0 / length }) < 1e-6)
        let last = try await runner.embedding(of: text, pooling: .last, normalizes: false)
        #expect(last == rows[rows.count - 1])
        let first = try await runner.embedding(of: text, pooling: .first, normalizes: false)
        #expect(first == rows[0])
    }
}
