import TestSupport
import Testing
import Zonda

/// Models whose weights do not fit in memory run from their files and give the same answers.
struct KeptWeightTests {
    @Test(arguments: ["llama", "qwen3moe", "gemma3"]) func answers(_ name: String) async throws {
        let requests = (0..<6).map { Probe.request($0, vocabularyCount: 128) }
        func run(_ memory: Int?) async throws -> (answers: [Answer], model: ModelInfo) {
            let runner = try await Runner(
                which: Models.gguf(name).withMaxSeqLen(256).withMaxBatchSize(4),
                options: RunnerOptions { $0.weightMemoryByteCount = memory })
            return (try await runner.answersTogether(requests), runner.model)
        }
        let packed = try await run(nil)
        #expect(packed.model.fileByteCount == 0)
        let none = try await run(0)
        #expect(none.answers == packed.answers)
        let half = try await run(packed.model.weightByteCount / 2)
        #expect(half.answers == packed.answers)
        #expect((1..<none.model.fileByteCount).contains(half.model.fileByteCount))
        #expect(none.model.fileByteCount <= none.model.weightByteCount)
    }
}
