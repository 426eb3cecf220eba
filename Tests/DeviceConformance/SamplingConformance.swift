import Testing
import ZondaCore
public import ZondaDevice

/// What a stream promises about slots, masks and reading late; how tokens are chosen is tested with `Sampler`.
public struct SamplingConformance {
    let make: () throws -> any Device

    public init(on make: @escaping () throws -> any Device) { self.make = make }

    public enum Promise: String, CaseIterable, Sendable {
        case resultsAreReadAfterLaterSubmissions, theLastSampleIsAnInput, aMaskHoldsForOneSample
        case penaltiesCountWhatWasSampled, aRowOfNaNIsItsOwnError, aSlotWithoutSamplerIsAnError
    }

    public func check(_ promise: Promise) throws {
        switch promise {
        case .resultsAreReadAfterLaterSubmissions: try resultsAreReadAfterLaterSubmissions()
        case .theLastSampleIsAnInput: try theLastSampleIsAnInput()
        case .aMaskHoldsForOneSample: try aMaskHoldsForOneSample()
        case .penaltiesCountWhatWasSampled: try penaltiesCountWhatWasSampled()
        case .aRowOfNaNIsItsOwnError: try aRowOfNaNIsItsOwnError()
        case .aSlotWithoutSamplerIsAnError: try aSlotWithoutSamplerIsAnError()
        }
    }

    /// Logits [rows, 4]; row r is sampled for slot r.
    private func sample(
        _ bench: Workbench, _ logits: [Float], rows: Int, tokenIndex: Int32 = 0
    ) throws -> Submission {
        var inputs = StepInputs()
        inputs.samples = (0..<Int32(rows)).map { .init(slot: $0, logitRow: $0, tokenIndex: tokenIndex) }
        let tensor = try bench.shared(rows: rows, columns: 4)
        try bench.device.upload(logits, to: tensor)
        try bench.stream.update(inputs)
        return try bench.stream.submit(StepKey(.sample, rows: rows, logitRows: rows)) { (encoder) throws(ZondaError) in
            try encoder.encode(.sample(SampleOp(logits: tensor)))
        }
    }

    private func tokens(_ bench: Workbench, _ submission: Submission) throws -> [TokenID?] {
        try bench.stream.samples(of: submission).map { try? $0.get().token }
    }

    private func resultsAreReadAfterLaterSubmissions() throws {
        let bench = try Workbench(make(), slots: 2)
        for slot in 0..<2 { try bench.stream.setSampler(slot: slot, .greedy, prompt: [1], generated: []) }
        let first = try sample(bench, [0, 1, 2, 0, 5, 0, 0, 0], rows: 2)
        let second = try sample(bench, [0, 1, 0, 9, 0, 7, 0, 0], rows: 2)
        let third = try sample(bench, [3, 1, 0, 0, 3, 0, 0, 0], rows: 2)
        #expect(try tokens(bench, first) == [2, 0])
        #expect(try tokens(bench, second) == [3, 1])
        #expect(try tokens(bench, third) == [0, 0])
        for _ in 0..<SlotSamplers.keptCount { _ = try sample(bench, [3, 1, 0, 0, 3, 0, 0, 0], rows: 2) }
        #expect(throws: ZondaError.self) { try bench.stream.samples(of: first) }
    }

    private func theLastSampleIsAnInput() throws {
        let bench = try Workbench(make(), slots: 1)
        let spec = WeightSpec(name: "embedding", dtype: .f32, rows: 4, columns: 1)
        let bytes = [Float](arrayLiteral: 10, 11, 12, 13).flatMap { withUnsafeBytes(of: $0, Array.init) }
        let weight = try bench.device.pack(spec, from: ByteSource(bytes: bytes, rowByteCount: 4))
        let output = try bench.tensor(rows: 1, columns: 1)
        try bench.stream.setSampler(slot: 0, .greedy, prompt: [1], generated: [])
        _ = try sample(bench, [0, 0, 0, 1], rows: 1)
        var inputs = StepInputs.rows(1)
        inputs.tokens = [StepInputs.lastSample]
        try bench.run([.embed(EmbedOp(weight: weight, output: output))], inputs: inputs, rows: 1)
        #expect(try bench.values(output) == [13])
    }

    private func aMaskHoldsForOneSample() throws {
        let bench = try Workbench(make(), slots: 1)
        try bench.stream.setSampler(slot: 0, .greedy, prompt: [1], generated: [])
        try bench.stream.setMask(slot: 0, [0b0011])
        #expect(try tokens(bench, sample(bench, [0, 1, 2, 3], rows: 1)) == [1])
        #expect(try tokens(bench, sample(bench, [0, 1, 2, 3], rows: 1)) == [3])
    }

    private func penaltiesCountWhatWasSampled() throws {
        let bench = try Workbench(make(), slots: 1)
        var parameters = SamplingParameters.greedy
        parameters.presencePenalty = 2
        try bench.stream.setSampler(slot: 0, parameters, prompt: [3], generated: [])
        #expect(try tokens(bench, sample(bench, [0, 1, 2, 3], rows: 1)) == [3])
        #expect(try tokens(bench, sample(bench, [0, 1, 2, 3], rows: 1)) == [2])
        try bench.stream.setSampler(slot: 0, parameters, prompt: [0], generated: [3, 2])
        #expect(try tokens(bench, sample(bench, [0, 1.5, 2, 3], rows: 1)) == [1])
    }

    /// The other rows of the step go on.
    private func aRowOfNaNIsItsOwnError() throws {
        let bench = try Workbench(make(), slots: 2)
        for slot in 0..<2 { try bench.stream.setSampler(slot: slot, .greedy, prompt: [1], generated: []) }
        let nan = [Float](repeating: .nan, count: 4)
        #expect(try tokens(bench, sample(bench, nan + [0, 1, 0, 0], rows: 2)) == [nil, 1])
    }

    private func aSlotWithoutSamplerIsAnError() throws {
        let bench = try Workbench(make(), slots: 2)
        #expect(throws: ZondaError.self) { try sample(bench, [0, 1, 2, 3], rows: 1) }
        #expect(throws: ZondaError.self) {
            try bench.stream.setSampler(slot: 2, .greedy, prompt: [1], generated: [])
        }
    }
}
