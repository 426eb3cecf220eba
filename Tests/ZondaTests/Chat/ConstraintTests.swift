import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import Zonda

/// Answers that must have a form, on tiny models that would say nonsense: every token is held to the grammar, and is the
/// one that the model would have chosen alone.
struct ConstraintTests {
    private func runner(
        batch: Int = 1, _ change: (inout RunnerOptions) -> Void = { _ in }
    ) async throws -> Runner {
        try await Runner(
            which: Models.gguf().withMaxSeqLen(256).withMaxBatchSize(batch), options: RunnerOptions(change))
    }

    private static func schema() throws -> OutputConstraint {
        .jsonSchema(
            try JSONValue(
                parsing: """
                    {"type": "object", "additionalProperties": false, "required": ["city", "count"],
                     "properties": {"city": {"enum": ["Bern", "Zürich"]}, "count": {"type": "integer",
                     "minimum": 0, "maximum": 99}, "open": {"type": "boolean"}}}
                    """, name: "schema"))
    }

    private func request(_ constraint: OutputConstraint, seed: UInt64 = 1, maxTokens: Int = 220) -> CompletionRequest {
        var request = CompletionRequest(prompt: "The sky is", maxTokens: maxTokens)
        request.temperature = 1
        request.seed = seed
        request.constraint = constraint
        return request
    }

    @Test func expressions() async throws {
        let runner = try await runner()
        var texts: Set<String> = []
        for seed in 0..<40 {
            let choice = try await runner.sendCompletionRequest(request(.regex("[a-cé]{3,8} x\\d"), seed: UInt64(seed)))
                .choices[0]
            #expect(choice.text.wholeMatch(of: /[a-cé]{3,8} x\d/) != nil, "\(choice.text.debugDescription)")
            #expect(choice.finishReason == .stop)
            texts.insert(choice.text)
        }
        #expect(texts.count > 30, "\(texts)")
    }

    @Test func grammars() async throws {
        let runner = try await runner()
        for seed in 0..<20 {
            let answer = try await runner.sendCompletionRequest(
                request(.grammar("root ::= (\"a\" | \"b\") \"-\" root | \"end\""), seed: UInt64(seed), maxTokens: 200)
            ).choices[0]
            #expect(answer.text.wholeMatch(of: /([ab]-)*end/) != nil, "\(answer.text.debugDescription)")
        }
    }

    @Test func schemas() async throws {
        let runner = try await runner()
        for seed in 0..<40 {
            let choice = try await runner.sendCompletionRequest(request(try Self.schema(), seed: UInt64(seed)))
                .choices[0]
            let value = try JSONValue(parsing: choice.text, name: choice.text)
            #expect(["Bern", "Zürich"].contains(value["city"]?.string))
            #expect((0...99).contains(value["count"]?.integer ?? -1))
            #expect(choice.finishReason == .stop)
        }
    }

    @Test(arguments: [false, true]) func anAnswerEndsWhereNothingCanFollow(ignoresEOS: Bool) async throws {
        let runner = try await runner()
        var request = request(.regex("(ab){2,4}"))
        request.ignoreEOS = ignoresEOS
        var lengths: Set<Int> = []
        for seed in 0..<20 {
            request.seed = UInt64(seed)
            let choice = try await runner.sendCompletionRequest(request).choices[0]
            #expect(choice.finishReason == .stop)
            #expect(choice.text.wholeMatch(of: /(ab){2,4}/) != nil)
            lengths.insert(choice.text.count)
        }
        // End tokens are passed over as long as there is anything else.
        #expect(ignoresEOS ? lengths == [8] : lengths.isSubset(of: [4, 6, 8]))
    }

    @Test func maxTokensCutsIt() async throws {
        let runner = try await runner()
        let whole = try await runner.sendCompletionRequest(request(try Self.schema())).choices[0]
        let cut = try await runner.sendCompletionRequest(request(try Self.schema(), maxTokens: 5)).choices[0]
        #expect(cut.finishReason == .length)
        #expect(cut.tokens == Array(whole.tokens.prefix(5)))
        #expect(whole.text.hasPrefix(cut.text))
    }

    @Test func stopStringsHoldToo() async throws {
        let runner = try await runner()
        var request = request(.regex("[ab]{60}"))
        request.stop = ["ab"]
        let choice = try await runner.sendCompletionRequest(request).choices[0]
        #expect(choice.finishReason == .stop)
        #expect(choice.text.wholeMatch(of: /b*a*/) != nil)
        #expect(choice.text.count < 59)
    }

    @Test func whatCantBe() async throws {
        let runner = try await runner()
        for constraint: OutputConstraint in [
            .regex("(unclosed"), .grammar("root ::= missing"), .jsonSchema(.integer(5)),
        ] {
            let error = await #expect(throws: ZondaError.self) {
                _ = try await runner.sendCompletionRequest(request(constraint))
            }
            #expect(error?.code == .badRequest, "\(constraint): \(String(describing: error))")
        }
        let textless = try await Runner(which: Models.tiny().withMaxSeqLen(64), options: RunnerOptions { _ in })
        var tokens = Probe.request(0)
        tokens.constraint = .jsonObject
        let error = await #expect(throws: ZondaError.self) { _ = try await textless.sendCompletionRequest(tokens) }
        #expect(error?.code == .badRequest)
    }

    @Test func equalConstraintsAreCompiledOnce() async throws {
        let runner = try await runner(batch: 4)
        let requests = (0..<12).map { request(.regex($0 % 2 == 0 ? "a+b" : "b+a"), seed: UInt64($0)) }
        _ = try await runner.answersTogether(requests)
        #expect(runner.constraints?.count == 2)
        _ = try? await runner.sendCompletionRequest(request(.regex("(")))
        #expect(runner.constraints?.count == 2, "one that fails is not kept")
        for index in 0..<ConstraintCompiler.capacity {
            _ = try await runner.sendCompletionRequest(request(.regex("x\(index)"), maxTokens: 1))
        }
        #expect(runner.constraints?.count == ConstraintCompiler.capacity)
    }

    // MARK: in company

    /// Every other request is constrained; some of those pass over end tokens, and one samples with DRY.
    private static func mixed() throws -> [CompletionRequest] {
        let constraints: [OutputConstraint] = [
            .regex("[a-f0-9]{6,30}"), try schema(), .grammar("root ::= [xyz]+ \".\""), .jsonObject,
        ]
        return (0..<10).map { index in
            var request = Probe.request(index, maxTokens: 30)
            if index % 2 == 1 || index == 4 { request.constraint = constraints[index / 2 % constraints.count] }
            request.ignoreEOS = index != 5
            return request
        }
    }

    @Test(arguments: [0, 1, 2])
    func answersDoNotDependOnTheirCompany(lookahead: Int) async throws {
        let single = try await runner { $0.prefixCaching = false }
        let requests = try Self.mixed()
        let expected = try await single.answersAlone(requests)
        for (batch, rows) in [(1, 512), (3, 64), (10, 7 + 10), (10, 512)] {
            let runner = try await runner(batch: batch) {
                $0.lookahead = lookahead
                $0.maxTokensPerStep = rows
            }
            #expect(try await runner.answersTogether(requests) == expected, "batch \(batch), \(rows) rows")
            #expect(try await runner.answersTogether(requests) == expected, "warm")
        }
    }

    @Test(arguments: [0, 1, 2])
    func preemptionWithinAConstraint(lookahead: Int) async throws {
        let requests = (0..<6).map { index in
            var request = Probe.request(index, length: 20 + 5 * index, maxTokens: 90)
            if index != 2 { request.constraint = .regex("([a-z]{2},){60}") }
            return request
        }
        let single = try await runner()
        let expected = try await single.answersAlone(requests)
        let runner = try await runner(batch: 6) {
            $0.kvByteCount = single.model.kvByteCount
            $0.lookahead = lookahead
        }
        #expect(try await runner.answersTogether(requests) == expected)
        #expect(try await runner.answersTogether(requests) == expected, "a second time")
    }

    @Test func choicesAreConstrainedApart() async throws {
        var request = request(try Self.schema())
        request.n = 5
        let single = try await runner()
        let expected = try await single.sendCompletionRequest(request)
        #expect(Set(expected.choices.map(\.text)).count > 1)
        for choice in expected.choices { _ = try JSONValue(parsing: choice.text, name: choice.text) }
        let wide = try await runner(batch: 8) { $0.lookahead = 2 }
        let together = try await wide.sendCompletionRequest(request)
        #expect(together.choices.map(\.tokens) == expected.choices.map(\.tokens))
    }

    @Test func leavingAConstrainedStreamFreesIt() async throws {
        let runner = try await runner(batch: 1)
        for try await _ in runner.streamCompletionRequest(request(.regex("[a-z]*"), maxTokens: 200)) { break }
        let next = try await runner.sendCompletionRequest(request(.regex("done"), maxTokens: 20)).choices[0]
        #expect(next.text == "done")
    }
}
