import ZondaCore
import ZondaDevice

/// What a host does with a stream, step by step, over a model that is a table: the logits after a token are its row.
///
/// So the logits of a step depend on what was sampled before, on any device, and are the same on all of them.
struct StreamScript {
    struct Step {
        /// Slots that change hands before the step.
        var sets: [(slot: Int, parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID])] = []
        /// Between the forward pass and the sampling.
        var masks: [(slot: Int, mask: [UInt32])] = []
        /// The rows: which slot, and its token, `StepInputs.lastSample` for the newest sample.
        var rows: [(slot: Int, token: TokenID, index: Int)] = []
    }

    let vocabulary: Int
    let slots: Int
    /// [vocabulary, vocabulary]
    let table: [Float]
    var steps: [Step] = []

    typealias Results = [[Result<Sample, ZondaError>]]

    /// The results of all steps, each read `lag` steps after it was submitted.
    func play(on device: any Device, lag: Int) throws -> Results {
        let player = try Playback(self, on: device)
        var submissions: [Submission] = []
        var results: Results = []
        for (number, step) in steps.enumerated() {
            submissions.append(try player.submit(step))
            if number >= lag { results.append(try player.stream.samples(of: submissions[number - lag])) }
        }
        for submission in submissions.suffix(min(lag, submissions.count)) {
            results.append(try player.stream.samples(of: submission))
        }
        return results
    }
}

/// A script on its way through a stream.
final class Playback {
    let stream: any ZondaDevice.Stream
    private let script: StreamScript
    private let weight: PackedWeight
    private let logits: Tensor

    init(_ script: StreamScript, on device: any Device) throws {
        self.script = script
        let spec = WeightSpec(name: "table", dtype: .f32, rows: script.vocabulary, columns: script.vocabulary)
        weight = try device.pack(spec, from: FloatRows(values: script.table, columns: script.vocabulary))
        let memory = try device.allocate(byteCount: script.slots * script.vocabulary * 4)
        logits = Tensor(memory, rows: script.slots, columns: script.vocabulary)
        stream = try device.makeStream(limits: StepLimits(rows: script.slots, slots: script.slots, compute: .fast))
    }

    /// Submits the two phases of a step.
    func submit(_ step: StreamScript.Step) throws -> Submission {
        for set in step.sets {
            try stream.setSampler(slot: set.slot, set.parameters, prompt: set.prompt, generated: set.generated)
        }
        let count = step.rows.count
        var inputs = StepInputs()
        inputs.tokens = step.rows.map(\.token)
        inputs.slots = step.rows.map { Int32($0.slot) }
        inputs.positions = Array(repeating: 0, count: count)
        inputs.ropeVariants = Array(repeating: 0, count: count)
        inputs.spans = (0..<Int32(count)).map { .init(firstRow: $0, rowCount: 1, firstPosition: 0) }
        inputs.samples = step.rows.enumerated().map { row, entry in
            .init(slot: Int32(entry.slot), logitRow: Int32(row), tokenIndex: Int32(entry.index))
        }
        inputs.logitRows = (0..<Int32(count)).map { $0 }
        let logits = logits.prefix(rows: count)
        try stream.update(inputs)
        try stream.submit(StepKey(.forward, rows: count, logitRows: count)) { (encoder) throws(ZondaError) in
            try encoder.encode(.embed(EmbedOp(weight: weight, output: logits)))
        }
        for entry in step.masks { try stream.setMask(slot: entry.slot, entry.mask) }
        return try stream.submit(StepKey(.sample, rows: count, logitRows: count)) { (encoder) throws(ZondaError) in
            try encoder.encode(.sample(SampleOp(logits: logits)))
        }
    }
}

/// Float32 values as the rows of a weight.
struct FloatRows: TileSource {
    let values: [Float]
    let columns: Int

    func withRows(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(ZondaError) -> Void
    ) throws(ZondaError) {
        let result = values.withUnsafeBytes { all -> Result<Void, ZondaError> in
            do throws(ZondaError) {
                try body(
                    UnsafeRawBufferPointer(
                        rebasing: all[range.lowerBound * columns * 4..<range.upperBound * columns * 4]))
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    func discardRows(below row: Int) {}
}
