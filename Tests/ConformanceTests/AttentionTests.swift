import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice

@Suite struct AttentionTests {
    typealias Chunk = AttentionScenario.Chunk

    /// A prompt in chunks, with another sequence beside it, then tokens of both; pages, and with them blocks, end inside.
    private static let steps: [[Chunk]] = [
        [Chunk(sequence: 0, rows: 33)], [Chunk(sequence: 0, rows: 8), Chunk(sequence: 1, rows: 65)],
        [Chunk(sequence: 1, rows: 1), Chunk(sequence: 0, rows: 1)],
        [Chunk(sequence: 0, rows: 2), Chunk(sequence: 1, rows: 5)],
    ]
    /// The same tokens.
    private static let otherSteps: [[Chunk]] = [
        [Chunk(sequence: 1, rows: 7)], [Chunk(sequence: 1, rows: 64), Chunk(sequence: 0, rows: 44)],
    ]

    static let scenarios: [AttentionScenario] = {
        var all: [AttentionScenario] = []
        for (kvHeads, headSize) in [(4, 16), (1, 32), (4, 64), (2, 80), (1, 128), (2, 256)] {
            for dtype in [DType.f32, .f16, .q8_0] {
                all.append(
                    AttentionScenario(kvHeads: kvHeads, headSize: headSize, dtype: dtype, rotarySize: headSize))
            }
        }
        all.append(AttentionScenario(heads: 14, kvHeads: 2))
        all.append(AttentionScenario(window: 20))
        all.append(AttentionScenario(heads: 8, kvHeads: 2, window: 40, softcap: 1.5))
        all.append(AttentionScenario(dtype: .q8_0, softcap: 3))
        all.append(AttentionScenario(style: .interleaved))
        all.append(AttentionScenario(headSize: 80, rotarySize: 32))
        all.append(AttentionScenario(headSize: 64, style: .interleaved, rotarySize: 24))
        all.append(AttentionScenario(rotarySize: nil))
        all.append(AttentionScenario(kvHeads: 2, queryNorm: .rms))
        all.append(AttentionScenario(kvHeads: 2, queryNorm: .rms, wideNorm: true))
        all.append(AttentionScenario(kvHeads: 2, queryNorm: .layer))
        return all
    }()

    /// float32 keys and values leave sums of up to 256 products in another order; f16 the same where both round alike,
    /// one value in thousands of them differently; q8_0 too, with steps of 1/127 of a block's largest value.
    private func tolerance(_ dtype: DType) -> Float {
        switch dtype {
        case .f32: 5e-5
        case .f16: 2e-3
        default: 2e-2
        }
    }

    @Test(arguments: scenarios) func conforms(_ scenario: AttentionScenario) throws {
        let expected = try scenario.run(Workbench(ReferenceDevice()), steps: Self.steps, fusions: [])
        for subject in Subject.all where subject.compute == .float32 {
            let bench = try subject.workbench()
            let fused = try scenario.run(bench, steps: Self.steps, fusions: .all)
            let lowered = try scenario.run(bench, steps: Self.steps, fusions: [])
            for (sequence, values) in expected {
                for (result, form) in [(fused, "fused"), (lowered, "lowered")] {
                    expectClose(
                        result[sequence] ?? [], values, tolerance: tolerance(scenario.dtype),
                        "sequence \(sequence), \(form), \(subject.testDescription)")
                }
            }
        }
    }

    /// Any cut into steps, any company, any number of threads.
    @Test(arguments: scenarios) func bitsDependOnTheRowOnly(_ scenario: AttentionScenario) throws {
        for subject in Subject.all where subject.compute == .float32 {
            let expected = try scenario.run(subject.workbench(), steps: Self.steps, fusions: .all)
            for threads in [1, 3] {
                var other = subject
                other.threads = threads
                let values = try scenario.run(other.workbench(), steps: Self.otherSteps, fusions: .all)
                for (sequence, right) in expected {
                    #expect(
                        (values[sequence] ?? []).elementsEqual(right) { $0.bitPattern == $1.bitPattern },
                        "sequence \(sequence), \(other.testDescription)")
                }
            }
        }
    }
}
