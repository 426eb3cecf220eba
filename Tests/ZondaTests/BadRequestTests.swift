import TestSupport
import Testing
import Zonda

/// What can't be served is a `ZondaError` with the wrong value and a remedy, and nobody else notices.
struct BadRequestTests {
    private let runner: Runner

    init() async throws {
        runner = try await Runner(
            which: Models.tiny().withMaxSeqLen(128).withMaxBatchSize(4), options: RunnerOptions { _ in })
    }

    private func refuses(
        _ code: ZondaError.Code, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout CompletionRequest) -> Void
    ) async throws {
        var request = Probe.request(0)
        change(&request)
        let changed = request
        // Whole and streamed, while another request runs.
        let other = Task { try await runner.answer(Probe.request(1)) }
        let whole = await #expect(throws: ZondaError.self) { _ = try await runner.sendCompletionRequest(changed) }
        let streamed = await #expect(throws: ZondaError.self) {
            for try await _ in runner.streamCompletionRequest(changed) {}
        }
        for error in [whole, streamed] { check(error, code, words, sourceLocation) }
        #expect(try await other.value.tokens.count == 12, sourceLocation: sourceLocation)
    }

    private func check(
        _ error: ZondaError?, _ code: ZondaError.Code, _ words: [String], _ sourceLocation: SourceLocation
    ) {
        guard let error else { return }
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(error.remedy?.isEmpty == false, "\(error)", sourceLocation: sourceLocation)
        for word in words {
            #expect("\(error)".contains(word), "\(error) lacks \(word)", sourceLocation: sourceLocation)
        }
    }

    @Test func samplingValues() async throws {
        try await refuses(.badRequest, "temperature", "-1") { $0.temperature = -1 }
        try await refuses(.badRequest, "temperature", "nan") { $0.temperature = .nan }
        try await refuses(.badRequest, "topP", "1.5") { $0.topP = 1.5 }
        try await refuses(.badRequest, "topK", "-3") { $0.topK = -3 }
        try await refuses(.badRequest, "minP", "2") { $0.minP = 2 }
        try await refuses(.badRequest, "typicalP", "0") { $0.typicalP = 0 }
        try await refuses(.badRequest, "repetitionPenalty", "0") { $0.repetitionPenalty = 0 }
        try await refuses(.badRequest, "frequencyPenalty", "3") { $0.frequencyPenalty = 3 }
        try await refuses(.badRequest, "presencePenalty", "-3") { $0.presencePenalty = -3 }
        try await refuses(.badRequest, "logprob", "5000") { $0.logprobs = 5000 }
        try await refuses(.badRequest, "logprob", "-1") { $0.logprobs = -1 }
        try await refuses(.badRequest, "logit_bias", "320", "319") { $0.logitBias = [320: 1] }
        try await refuses(.badRequest, "logit_bias", "-1", "319") { $0.logitBias = [-1: 1, 320: 1] }
        try await refuses(.badRequest, "stop_token_ids", "\(TokenID.max)") { $0.stopTokenIDs = [5, .max] }
        try await refuses(.badRequest, "logitBias", "inf") { $0.logitBias = [5: .infinity] }
        try await refuses(.badRequest, "dry", "-1") { $0.dry = DRYOptions(multiplier: -1) }
    }

    @Test func counts() async throws {
        try await refuses(.badRequest, "n is 0") { $0.n = 0 }
        try await refuses(.badRequest, "n is -1") { $0.n = -1 }
        try await refuses(.badRequest, "n is \(Int.max)") { $0.n = .max }
        try await refuses(.badRequest, "max_tokens is 0") { $0.maxTokens = 0 }
        try await refuses(.badRequest, "max_tokens is \(Int.min)") { $0.maxTokens = .min }
    }

    @Test func prompts() async throws {
        try await refuses(.badRequest, "no tokens") { $0.prompt = .tokens([]) }
        try await refuses(.badRequest, "320", "319") { $0.prompt = .tokens([1, 320]) }
        try await refuses(.badRequest, "-1") { $0.prompt = .tokens([1, -1]) }
        try await refuses(.badRequest, "no tokenizer", "token ids") { $0.prompt = .text("Hi") }
        try await refuses(.badRequest, "empty") { $0.stop = [""] }
        try await refuses(.contextExceeded, "128") { $0.prompt = .tokens(Probe.tokens(128, seed: 1)) }
        try await refuses(.contextExceeded, "4000", "128") { $0.prompt = .tokens(Probe.tokens(4000, seed: 1)) }
    }

    @Test func chatWithoutText() async throws {
        let error = await #expect(throws: ZondaError.self) {
            _ = try await runner.sendChatCompletionRequest(ChatCompletionRequest(messages: [.user("Hi")]))
        }
        #expect(error?.code == .badRequest)
        expectError(.badRequest, "no tokenizer") { _ = try runner.tokenize("Hi") }
        expectError(.badRequest, "no tokenizer") { _ = try runner.detokenize([1]) }
    }

    @Test func outputs() async throws {
        let long = Probe.tokens(129, seed: 1)
        for tokens in [[], [320], [-5], long] {
            await #expect(throws: ZondaError.self, "\(tokens.prefix(2))") { _ = try await runner.logits(of: tokens) }
        }
        let error = await #expect(throws: ZondaError.self) {
            try await runner.forEachLogits(of: [1, 2], greedyCount: -1) { _, _ in }
        }
        #expect(error?.code == .badRequest)
        // The whole context is fine when nothing is to follow.
        #expect(try await runner.logits(of: Array(long.prefix(128))).count == 128)
    }
}
