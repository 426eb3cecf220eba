import CZondaSIMD
import Testing

@Suite struct AttentionTests {
    /// The outputs of the first sequence, run in chunks of the given lengths (repeated), `beside` other sequences that
    /// move by another length in the same steps.
    private func outputs(
        _ scene: AttentionScene, _ set: InstructionSet, chunks: [Int], threads: Int = 1, beside: Int = 0
    ) throws -> [Float] {
        let runner = try AttentionRunner(scene, set, threads: threads, sequences: beside + 1)
        let inputs = (0...beside).map { scene.inputs(seed: 1 + UInt64($0)) }
        var outputs = inputs.map { [Float](repeating: .nan, count: $0.query.count) }
        var done = [Int](repeating: 0, count: beside + 1)
        var turn = 0
        while done[0] < scene.tokenCount {
            var step: [AttentionRunner.Chunk] = []
            for sequence in (0...beside).reversed() where done[sequence] < scene.tokenCount {
                let wanted = sequence == 0 ? chunks[turn % chunks.count] : 1 + (turn * 13 + sequence * 29) % 60
                let count = min(wanted, scene.tokenCount - done[sequence])
                step.append(.init(sequence: sequence, first: done[sequence], count: count))
                done[sequence] += count
            }
            try runner.step(step, inputs, into: &outputs)
            turn += 1
        }
        return outputs[0]
    }

    private static let scenes: [AttentionScene] = {
        var scenes: [AttentionScene] = []
        for type in [ZONDA_KV_F32, ZONDA_KV_F16, ZONDA_KV_Q8_0] {
            for (heads, kvHeads, size) in [(4, 4, 16), (9, 3, 64), (14, 2, 32), (8, 1, 80), (2, 2, 24), (4, 2, 256)] {
                scenes.append(.init(type: type, heads: heads, kvHeads: kvHeads, headSize: size, tokenCount: 99))
            }
            for window in [1, 5, 32, 33, 70] { scenes.append(.init(type: type, window: window)) }
            scenes.append(.init(type: type, softCap: 2))
            scenes.append(.init(type: type, window: 40, softCap: 2, tokenCount: 97))
            scenes.append(.init(type: type, heads: 6, kvHeads: 2, headSize: 16, tokenCount: 1100))
            scenes.append(.init(type: type, heads: 2, kvHeads: 1, headSize: 8, window: 520, tokenCount: 1100))
        }
        return scenes
    }()

    @Test("against double precision", arguments: InstructionSet.available, scenes)
    func accuracy(set: InstructionSet, scene: AttentionScene) throws {
        let expected = scene.expected(scene.inputs(seed: 1))
        let actual = try outputs(scene, set, chunks: [scene.tokenCount])
        let error = zip(actual, expected).map { abs(Double($0) - $1) }.max()!
        // Scores of up to 256 terms of size 4 carry 2e-6, so do weights; values are at most 1. NaN fails, too.
        #expect(error <= 4e-6)
        #expect(actual.allSatisfy { $0.isFinite })
    }

    @Test(
        "the same bits however the prompt is cut, whatever runs beside it, on any number of threads",
        arguments: InstructionSet.available, scenes)
    func invariance(set: InstructionSet, scene: AttentionScene) throws {
        let whole = try outputs(scene, set, chunks: [scene.tokenCount]).map(\.bitPattern)
        let cuts = scene.tokenCount > 500 ? [[64], [1, 250, 33, 500]] : [[1], [7, 32], [33], [64], [1, 65, 2]]
        for chunks in cuts {
            for (threads, beside) in [(2, 0), (3, 2)] {
                let cut = try outputs(scene, set, chunks: chunks, threads: threads, beside: beside)
                #expect(cut.map(\.bitPattern) == whole, "chunks \(chunks), \(threads) threads, \(beside) beside")
            }
        }
    }

    @Test("decode spread over threads, run by run", arguments: InstructionSet.available)
    func spread(set: InstructionSet) throws {
        let scene = AttentionScene(heads: 2, kvHeads: 1, headSize: 16, tokenCount: 1600)
        let inputs = [scene.inputs(seed: 1)]
        var outputs = [[[Float]]]()
        for threads in [1, 4] {
            let runner = try AttentionRunner(scene, set, threads: threads, sequences: 1)
            var output = [[Float](repeating: .nan, count: scene.tokenCount * scene.queryWidth)]
            try runner.step([.init(sequence: 0, first: 0, count: 1590)], inputs, into: &output)
            for token in 1590..<1600 {
                try runner.step([.init(sequence: 0, first: token, count: 1)], inputs, into: &output)
            }
            #expect(runner.spreadSteps >= 10)
            outputs.append(output)
        }
        let whole = try self.outputs(scene, set, chunks: [scene.tokenCount])
        #expect(outputs[0][0].map(\.bitPattern) == whole.map(\.bitPattern))
        #expect(outputs[1][0].map(\.bitPattern) == whole.map(\.bitPattern))
    }

    @Test("all instruction sets give the same bits", arguments: scenes)
    func instructionSets(scene: AttentionScene) throws {
        let results = try InstructionSet.available.map { try outputs(scene, $0, chunks: [100]).map(\.bitPattern) }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test func largeValuesStayFinite() throws {
        for set in InstructionSet.available {
            let scene = AttentionScene(heads: 1, kvHeads: 1, headSize: 16, tokenCount: 3)
            var inputs = scene.inputs(seed: 3)
            inputs.value[0] = 1e9
            inputs.value[1] = -1e9
            let runner = try AttentionRunner(scene, set, threads: 1, sequences: 1)
            var output = [[Float](repeating: .nan, count: 48)]
            try runner.step([.init(sequence: 0, first: 0, count: 1)], [inputs], into: &output)
            #expect(output[0][0] == 65504 && output[0][1] == -65504)
        }
    }

    @Test func unsupportedShapes() {
        #expect(zonda_kv_page_bytes(zonda_kv_shape(type: ZONDA_KV_F16, kv_heads: 1, head_size: 257)) == 0)
        #expect(zonda_kv_page_bytes(zonda_kv_shape(type: ZONDA_KV_F16, kv_heads: 0, head_size: 64)) == 0)
        #expect(zonda_kv_page_bytes(zonda_kv_shape(type: zonda_kv_type(rawValue: 3), kv_heads: 1, head_size: 64)) == 0)
        // Two heads of 64: keys and values of 32 tokens, two bytes each.
        #expect(
            zonda_kv_page_bytes(zonda_kv_shape(type: ZONDA_KV_F16, kv_heads: 2, head_size: 64)) == 2 * 2 * 32 * 64 * 2)
    }
}
