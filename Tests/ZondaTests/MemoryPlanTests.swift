import Testing
import Zonda
import ZondaCore

/// What a model gets of a memory: weights first if one sequence fits beside them, else a sequence first.
struct MemoryPlanTests {
    /// Short, so that weights are most of what such a small model needs.
    private static let length = 256

    private func model(memory: Int, batch: Int = 8) async throws -> ModelInfo {
        let options = RunnerOptions {
            $0.maxTokensPerStep = 32
            $0.makeDevice = { () throws(ZondaError) in try AlteredDevice(memoryByteCount: memory) }
        }
        let which = Models.gguf("llama").withMaxBatchSize(batch).withMaxSeqLen(Self.length)
        return try await Runner(which: which, options: options).model
    }

    @Test func weightsAndKeys() async throws {
        let plenty = try await model(memory: 1 << 32, batch: 1)
        #expect(plenty.fileByteCount == 0)
        let sequence = plenty.kvByteCount
        // The smallest memory in which everything fits: one sequence, the weights, what steps take, and a sixteenth.
        let batch = try await model(memory: 1 << 32).memory
        let needed = (batch.totalByteCount - batch.kvByteCount + sequence) * 16 / 15
        var (low, high) = (sequence * 3, 1 << 32)
        while high - low > 64 {
            let middle = (low + high) / 2
            if try await model(memory: middle).fileByteCount == 0 { high = middle } else { low = middle }
        }
        let just = try await model(memory: high)
        #expect(just.kvByteCount >= sequence && just.kvByteCount < sequence + sequence / 8)
        #expect(abs(high - needed) < needed / 100, "\(high), \(needed)")
        #expect(just.memory.totalByteCount <= high * 15 / 16 + 1 && just.memory.fileByteCount == 0)

        // Below it the sequence stays and weights make room.
        let less = try await model(memory: high - high / 8)
        #expect(less.fileByteCount > 0 && less.kvByteCount >= sequence)
        #expect(less.memory.fileByteCount > 0 && less.memory.totalByteCount <= less.memory.availableByteCount)

        // Far above, a quarter of what weights leave.
        let more = try await model(memory: high * 3)
        #expect(more.fileByteCount == 0)
        #expect(more.kvByteCount > sequence && more.kvByteCount <= high * 3 / 4)
    }

    @Test func lengthThatWasAskedFor() async throws {
        let sequence = try await model(memory: 1 << 32, batch: 1).kvByteCount
        // Half of the memory goes to keys and values before weights get any, no more.
        #expect(try await model(memory: sequence * 5 / 2).fileByteCount > 0)
        let error = await #expect(throws: ZondaError.self) { try await model(memory: sequence) }
        #expect(error?.code == .outOfMemory)
    }
}
