import TestSupport
import Testing
import Zonda
import ZondaCUDA
import ZondaCore

extension Kernels {
    /// The whole engine on the emulated GPU: scheduler, mixed steps, graphs, the prefix tree.
    @Suite struct EngineTests {
        private func runner(
            _ model: String, batch: Int, _ change: (inout RunnerOptions) -> Void = { _ in }
        ) async throws -> Runner {
            var options = RunnerOptions()
            options.makeDevice = { () throws(ZondaError) in
                do {
                    return try Player.fast(architecture: 90).device(isDeterministic: true)
                } catch let error as ZondaError {
                    throw error
                } catch {
                    throw ZondaError(.internalFault, "\(error)")
                }
            }
            change(&options)
            return try await Runner(
                which: .plain(modelID: Golden.path(model)).withMaxSeqLen(192).withMaxBatchSize(batch),
                options: options)
        }

        /// Prompts on both sides of pages and of the kernels' thresholds.
        ///
        /// - Parameter constrains: for a model with a tokenizer.
        private static func requests(constrains: Bool) -> [CompletionRequest] {
            [33, 1, 64, 8, 97, 7, 31, 65].enumerated().map { request($0, length: $1, constrains) }
        }

        private static func request(_ index: Int, length: Int, _ constrains: Bool) -> CompletionRequest {
            var request = CompletionRequest(
                tokens: (0..<length).map { TokenID(($0 * 7 + index * 13) % 120) }, maxTokens: 6)
            request.ignoreEOS = true
            request.temperature = index % 2 == 0 ? 0 : 0.8
            request.seed = UInt64(index)
            request.logprobs = 2
            // Their masks are made between the forward pass and the sampling, and read the token before.
            if constrains, index % 3 == 1 { request.constraint = .regex("[a-z ]{4,9}!") }
            return request
        }

        private func answer(_ request: CompletionRequest, _ runner: Runner) async throws -> [TokenLogprob] {
            try await runner.sendCompletionRequest(request).choices[0].logprobs
        }

        /// Alone, in one chunk; then together, in chunks, with a warm cache, ahead of the host: the same bits.
        @Test(arguments: ["gguf/llama.gguf", "gguf/qwen3moe.gguf"])
        func answersDoNotDependOnTheirCompany(_ model: String) async throws {
            let requests = Self.requests(constrains: model.hasSuffix("llama.gguf"))
            let alone = try await runner(model, batch: 1) { $0.prefixCaching = false }
            var expected: [[TokenLogprob]] = []
            for request in requests { expected.append(try await answer(request, alone)) }
            for (rows, lookahead) in [(512, 0), (40, 2), (9, 1)] {
                let together = try await runner(model, batch: 8) {
                    $0.maxTokensPerStep = rows
                    $0.lookahead = lookahead
                }
                for round in 0..<2 {
                    let answers = try await withThrowingTaskGroup(of: (Int, [TokenLogprob]).self) { group in
                        for (index, request) in requests.enumerated() {
                            group.addTask { (index, try await self.answer(request, together)) }
                        }
                        var answers: [Int: [TokenLogprob]] = [:]
                        for try await (index, answer) in group { answers[index] = answer }
                        return requests.indices.compactMap { answers[$0] }
                    }
                    #expect(answers == expected, "steps of \(rows) rows, lookahead \(lookahead), round \(round)")
                }
            }
        }
    }
}
