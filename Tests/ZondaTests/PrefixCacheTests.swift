import TestSupport
import Testing
import Zonda

/// What a beginning that was seen before saves, counted in rows: time follows from it on any machine.
struct PrefixCacheTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func runner(batch: Int = 1, _ change: (inout RunnerOptions) -> Void = { _ in }) async throws -> Runner {
        try await Runner(
            which: try Models.synthetic("F16", in: folder).withMaxSeqLen(2048).withMaxBatchSize(batch),
            options: RunnerOptions(change))
    }

    private static let system = Probe.tokens(2000, seed: 1)

    private func request(_ question: Int, after prefix: [TokenID] = PrefixCacheTests.system, maxTokens: Int = 4)
        -> CompletionRequest
    {
        var request = CompletionRequest(
            tokens: prefix + Probe.tokens(12, seed: 100 + question), maxTokens: maxTokens)
        request.temperature = 0
        request.ignoreEOS = true
        return request
    }

    /// Rows that were computed of a prompt.
    private func rows(_ usage: Usage) -> Int { usage.promptTokens - usage.cachedTokens }

    @Test func aSystemPromptCostsATwentiethTheSecondTime() async throws {
        let runner = try await runner()
        let first = try await runner.sendCompletionRequest(request(0))
        #expect(rows(first.usage) == 2012)
        let second = try await runner.sendCompletionRequest(request(1))
        #expect(rows(second.usage) * 20 <= rows(first.usage), "\(rows(second.usage)) rows")
        let alone = try await self.runner { $0.prefixCaching = false }
        #expect(try await alone.answer(request(1)) == Answer(second.choices[0]))
    }

    @Test func requestsAtTheSameTimeComputeItOnce() async throws {
        let runner = try await runner(batch: 4)
        let usages = try await withThrowingTaskGroup(of: Usage.self) { group in
            for request in (0..<4).map({ request($0) }) {
                group.addTask { try await runner.sendCompletionRequest(request).usage }
            }
            return try await group.reduce(into: [Usage]()) { $0.append($1) }
        }
        let all = usages.reduce(0) { $0 + rows($1) }
        #expect(all <= 2012 + 3 * 100, "\(usages.map(rows)) rows")
    }

    @Test func aConversationGoesOnFromItsAnswer() async throws {
        let runner = try await runner()
        let chat = Probe.tokens(600, seed: 4)
        let first = try await runner.sendCompletionRequest(request(0, after: chat, maxTokens: 64))
        let turn = chat + Probe.tokens(12, seed: 100) + first.choices[0].tokens
        let second = try await runner.sendCompletionRequest(request(1, after: turn))
        // The last page that is not full, the question, and no more.
        #expect(rows(second.usage) <= 31 + 12 + 1, "\(rows(second.usage)) rows")
    }

    @Test func itSurvivesOtherRequestsWithinItsMemory() async throws {
        let runner = try await runner(batch: 2)
        _ = try await runner.sendCompletionRequest(request(0))
        for index in 0..<20 {
            var other = Probe.request(index, length: 60)
            other.n = 2
            _ = try await runner.sendCompletionRequest(other)
            if index % 4 == 3 {
                let again = try await runner.sendCompletionRequest(request(index))
                #expect(rows(again.usage) <= 100, "after \(index + 1) others")
            }
        }
    }
}
