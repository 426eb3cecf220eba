import TestSupport
import Zonda

/// A request, and what must be the same about its answer whatever else the engine does.
enum Probe {
    /// Request `index` of a fixed set: prompts of different lengths, every other one sampled with all that sampling has.
    static func request(
        _ index: Int, length: Int? = nil, maxTokens: Int = 12, vocabularyCount: Int = 320
    ) -> CompletionRequest {
        var request = CompletionRequest(
            tokens: tokens(length ?? lengths[index % lengths.count], seed: index, vocabularyCount),
            maxTokens: maxTokens)
        request.ignoreEOS = true
        request.logprobs = 3
        guard index % 2 == 1 else {
            request.temperature = 0
            return request
        }
        request.temperature = 0.9
        request.topP = 0.95
        request.topK = 40
        request.repetitionPenalty = 1.2
        request.frequencyPenalty = 0.3
        request.presencePenalty = 0.2
        request.seed = UInt64(1000 + index)
        // DRY reads every token on the host before the next one, so it takes another way through the engine.
        if index % 4 == 3 { request.dry = DRYOptions(multiplier: 0.8) }
        return request
    }

    /// On both sides of pages of 32 tokens and of the kernels' 1, 8 and 64 rows.
    static let lengths = [33, 1, 64, 8, 65, 7, 97, 31]

    static func tokens(_ count: Int, seed: Int, _ vocabularyCount: Int = 320) -> [TokenID] {
        var random = SplitMix64(seed: UInt64(seed))
        return (0..<count).map { _ in TokenID(random.next() % UInt64(vocabularyCount)) }
    }
}

/// Tokens and the bits of their log-probabilities.
struct Answer: Hashable, Sendable {
    var tokens: [TokenID]
    var finishReason: FinishReason
    private var logprobs: [[UInt32]]
    private var alternatives: [[TokenID]]

    init(_ choice: CompletionResponse.Choice) {
        tokens = choice.tokens
        finishReason = choice.finishReason
        logprobs = choice.logprobs.map { [$0.logprob.bitPattern] + $0.alternatives.map(\.logprob.bitPattern) }
        alternatives = choice.logprobs.map { $0.alternatives.map(\.token) }
    }
}

extension Runner {
    /// The answer to one request.
    func answer(_ request: CompletionRequest) async throws -> Answer {
        Answer(try await sendCompletionRequest(request).choices[0])
    }

    /// The answers to requests that are sent one after the other.
    func answersAlone(_ requests: [CompletionRequest]) async throws -> [Answer] {
        var answers: [Answer] = []
        for request in requests { answers.append(try await answer(request)) }
        return answers
    }

    /// The answers to requests that are sent at the same time.
    func answersTogether(_ requests: [CompletionRequest]) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { (index, try await self.answer(request)) }
            }
            var answers: [Int: Answer] = [:]
            for try await (index, answer) in group { answers[index] = answer }
            return requests.indices.compactMap { answers[$0] }
        }
    }
}
