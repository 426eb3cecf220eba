import ModelSupport
import TestSupport
import Testing
import Zonda
import ZondaFormats

/// SmolLM2, in the formats that real files have: chat, equality and fidelity.
@Suite(.enabled(if: RealModels.smolLM2 != nil, RealModels.missing), .serialized)
struct RealModelTests {
    private func runner(
        batch: Int = 1, _ change: (inout RunnerOptions) -> Void = { _ in }
    ) async throws -> Runner {
        let options = RunnerOptions {
            $0.threads = 2
            change(&$0)
        }
        return try await Runner(
            which: .plain(modelID: try #require(RealModels.smolLM2)).withMaxSeqLen(1024).withMaxBatchSize(batch),
            options: options)
    }

    @Test func chat() async throws {
        let runner = try await runner()
        var request = ChatCompletionRequest(
            messages: [.system("Answer briefly."), .user("What is the capital of France?")], maxTokens: 40,
            temperature: 0)
        request.logprobs = 2
        let whole = try await runner.sendChatCompletionRequest(request)
        let choice = whole.choices[0]
        #expect(choice.message.role == "assistant")
        #expect(choice.message.content.count > 10, "\(choice.message.content)")
        #expect(whole.usage.promptTokens == (try runner.chatPrompt(request).count))
        #expect(whole.usage.completionTokens == choice.tokens.count)
        #expect(choice.logprobs.count == choice.tokens.count)
        #expect(choice.logprobs.map(\.text).joined().hasPrefix(choice.message.content))
        var text = ""
        var logprobs: [TokenLogprob] = []
        for try await chunk in runner.streamChatCompletionRequest(request) {
            text += chunk.choices.first?.delta.content ?? ""
            logprobs += chunk.choices.first?.logprobs ?? []
        }
        #expect(text == choice.message.content)
        #expect(logprobs == choice.logprobs)
        // The conversation so far is in the cache when it goes on.
        let question = ChatMessage.user("And of Italy?")
        request.messages += [choice.message, question]
        let next = try await runner.sendChatCompletionRequest(request)
        #expect(next.usage.cachedTokens >= 32)
        // A stop string that begins and ends within tokens cuts the same answer before it.
        request.stop = [String(choice.message.content.dropFirst(5).prefix(3))]
        request.messages.removeLast(2)
        let stopped = try await runner.sendChatCompletionRequest(request).choices[0]
        #expect(choice.message.content.hasPrefix(stopped.message.content), "\(stopped.message.content)")
        #expect(stopped.message.content.count <= 5)
        #expect(stopped.finishReason == .stop)
    }

    @Test func equality() async throws {
        let requests = (0..<66).map { Probe.request($0, maxTokens: 6, vocabularyCount: 49152) }
        let probes = Array(requests.prefix(8))
        let single = try await runner { $0.prefixCaching = false }
        let expected = try await single.answersAlone(probes)
        let wide = try await runner(batch: 66)
        #expect(try await Array(wide.answersTogether(requests).prefix(8)) == expected, "among 66")
        #expect(try await wide.answersTogether(probes) == expected, "among 8, warm")
        #expect(try await wide.answersAlone(probes) == expected, "alone, warm")
        for (rows, lookahead, threads) in [(1, 0, 2), (7, 2, 2), (64, 1, 1), (65, 0, 3)] {
            let runner = try await runner(batch: 4) {
                $0.maxTokensPerStep = rows
                $0.lookahead = lookahead
                $0.threads = threads
            }
            let answers = try await runner.answersTogether(probes)
            #expect(answers == expected, "steps of \(rows) rows, lookahead \(lookahead), \(threads) threads")
        }
    }

    @Test func fidelity() async throws {
        let exact = try Golden.json("SmolLM2-135M-Instruct.Q4_1.exact.json")
        let runner = try await runner()
        var equalCount = 0
        let cases = try #require(exact["cases"]?.array).map(ExactCase.init)
        #expect(cases.count == 3)
        for exact in cases {
            var divergences: [Double] = []
            let greedy = try await runner.forEachLogits(of: exact.tokens, greedyCount: 48) { position, logits in
                guard let row = exact.rows[position] else { return }
                divergences.append(row.divergence(from: Softmax.log(logits)))
            }
            #expect(divergences.count == exact.rows.count)
            #expect(divergences.reduce(0, +) / Double(divergences.count) <= 1e-4, "\(exact.kind)")
            equalCount += zip(greedy, exact.greedy).prefix { $0 == $1 }.count
        }
        #expect(equalCount >= 120, "of 144 greedy tokens")
    }
}
