import TestSupport
import Testing
import Zonda

/// What a completion's options do, on a model without text.
struct CompletionTests {
    private let runner: Runner

    init() async throws {
        runner = try await Runner(which: Models.tiny().withMaxSeqLen(256), options: RunnerOptions { _ in })
    }

    private func greedy(_ maxTokens: Int = 16) -> CompletionRequest { Probe.request(0, maxTokens: maxTokens) }

    @Test func usageAndLength() async throws {
        let response = try await runner.sendCompletionRequest(greedy())
        #expect(response.usage.promptTokens == 33)
        #expect(response.usage.completionTokens == 16)
        #expect(response.usage.totalTokens == 49)
        #expect(response.usage.cachedTokens == 0)
        #expect(response.usage.timeToFirstToken > 0)
        #expect(response.choices[0].finishReason == .length)
        #expect(response.choices[0].text == "")
        #expect(response.choices[0].tokens.count == 16)
        #expect(response.id.hasPrefix("cmpl-"))
    }

    @Test func streamEqualsWhole() async throws {
        var request = Probe.request(1)
        request.n = 3
        let whole = try await runner.sendCompletionRequest(request)
        var tokens: [Int: [TokenID]] = [:]
        var logprobs: [Int: [TokenLogprob]] = [:]
        var reasons: [Int: FinishReason] = [:]
        var usages: [Usage] = []
        for try await chunk in runner.streamCompletionRequest(request) {
            #expect(usages.isEmpty, "usage comes last")
            for choice in chunk.choices {
                #expect(reasons[choice.index] == nil, "nothing comes after a choice's end")
                tokens[choice.index, default: []] += choice.tokens
                logprobs[choice.index, default: []] += choice.logprobs
                reasons[choice.index] = choice.finishReason
            }
            if let usage = chunk.usage { usages.append(usage) }
        }
        for choice in whole.choices {
            #expect(tokens[choice.index] == choice.tokens)
            #expect(logprobs[choice.index] == choice.logprobs)
            #expect(reasons[choice.index] == choice.finishReason)
        }
        #expect(usages.map(\.completionTokens) == [whole.usage.completionTokens])
    }

    @Test func stopTokens() async throws {
        let tokens = try await runner.answer(greedy()).tokens
        let index = try #require(tokens.indices.dropFirst(3).first { !tokens[..<$0].contains(tokens[$0]) })
        var request = greedy()
        request.ignoreEOS = false
        request.stopTokenIDs = [tokens[index]]
        let stopped = try await runner.answer(request)
        #expect(stopped.tokens == Array(tokens[...index]))
        #expect(stopped.finishReason == .stop)
        // The model's own end token, 2 in generation_config.json, ends an answer too unless that is passed over.
        request.stopTokenIDs = []
        request.logitBias = [2: 1000]
        let ended = try await runner.answer(request)
        #expect(ended.tokens == [2])
        #expect(ended.finishReason == .stop)
        request.ignoreEOS = true
        let ignored = try await runner.answer(request)
        #expect(ignored.tokens == Array(repeating: 2, count: 16))
        #expect(ignored.finishReason == .length)
    }

    @Test func contextEndsAnAnswer() async throws {
        var request = CompletionRequest(tokens: Probe.tokens(250, seed: 1))
        request.ignoreEOS = true
        let response = try await runner.sendCompletionRequest(request)
        #expect(response.choices[0].tokens.count == 6)
        #expect(response.choices[0].finishReason == .length)
        request.maxTokens = 1000
        #expect(try await runner.answer(request).tokens == response.choices[0].tokens)
    }

    @Test func logitBias() async throws {
        var request = greedy()
        let tokens = try await runner.answer(request).tokens
        request.logitBias = [tokens[0]: -1000]
        #expect(try await runner.answer(request).tokens[0] != tokens[0])
        request.logitBias = [77: 1000]
        #expect(try await runner.answer(request).tokens == Array(repeating: 77, count: 16))
    }

    @Test func logprobsMatchLogits() async throws {
        var request = greedy(1)
        request.logprobs = 5
        let choice = try await runner.sendCompletionRequest(request).choices[0]
        let prompt = Probe.tokens(33, seed: 0)
        let row = try #require(try await runner.logits(of: prompt).last)
        let logprobs = Softmax.log(row)
        let best = row.indices.sorted { row[$0] > row[$1] }.prefix(5)
        #expect(choice.tokens.map { Int($0) } == [best[0]])
        #expect(choice.logprobs[0].alternatives.map { Int($0.token) } == Array(best))
        for alternative in choice.logprobs[0].alternatives {
            #expect(abs(Double(alternative.logprob) - logprobs[Int(alternative.token)]) < 1e-4)
        }
        #expect(choice.logprobs[0].logprob == choice.logprobs[0].alternatives[0].logprob)
        request.logprobs = 0
        #expect(try await runner.sendCompletionRequest(request).choices[0].logprobs[0].alternatives.isEmpty)
        request.logprobs = nil
        #expect(try await runner.sendCompletionRequest(request).choices[0].logprobs.isEmpty)
    }

    @Test func topKOfOneIsGreedy() async throws {
        let expected = try await runner.answer(greedy()).tokens
        var request = greedy()
        request.temperature = 1.5
        request.topK = 1
        #expect(try await runner.answer(request).tokens == expected)
        request.topK = nil
        request.topP = 0
        #expect(try await runner.answer(request).tokens == expected)
    }

    @Test func twoHundredAtATime() async throws {
        let requests = (0..<200).map { Probe.request($0, length: 1 + $0 % 40, maxTokens: 4) }
        let expected = try await runner.answersAlone(Array(requests.prefix(20)))
        let answers = try await runner.answersTogether(requests)
        #expect(answers.count == 200)
        #expect(answers.allSatisfy { $0.tokens.count == 4 })
        #expect(Array(answers.prefix(20)) == expected)
    }
}
