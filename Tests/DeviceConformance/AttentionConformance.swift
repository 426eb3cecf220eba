import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice

/// Rotating, storing and attending, by any way to cut sequences into steps.
public enum AttentionConformance {
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

    public static let scenarios: [AttentionScenario] = {
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

    public static func conforms(_ scenario: AttentionScenario, on subjects: [Subject]) throws {
        let expected = try scenario.run(Workbench(ReferenceDevice()), steps: steps, fusions: [])
        for subject in subjects where subject.compute == .float32 {
            let bench = try subject.workbench()
            guard bench.device.info.kvTypes.contains(scenario.dtype) else { continue }
            let fused = try scenario.run(bench, steps: steps, fusions: .all)
            let lowered = try scenario.run(bench, steps: steps, fusions: [])
            for (sequence, values) in expected {
                for (result, form) in [(fused, "fused"), (lowered, "lowered")] {
                    expectClose(
                        result[sequence] ?? [], values, tolerance: subject.tolerances.attention(scenario.dtype),
                        "sequence \(sequence), \(form), \(subject)")
                }
            }
        }
    }

    /// Any cut into steps, any company, any number of threads.
    public static func bitsDependOnTheRowOnly(_ scenario: AttentionScenario, on subjects: [Subject]) throws {
        for subject in subjects where subject.compute == .float32 {
            let bench = try subject.workbench()
            guard bench.device.info.kvTypes.contains(scenario.dtype) else { continue }
            let expected = try scenario.run(bench, steps: steps, fusions: .all)
            for twin in [Subject.Twin("itself", make: subject.make)] + subject.twins {
                let values = try scenario.run(subject.workbench(of: twin), steps: otherSteps, fusions: .all)
                for (sequence, right) in expected {
                    #expect(
                        (values[sequence] ?? []).elementsEqual(right) { $0.bitPattern == $1.bitPattern },
                        "sequence \(sequence), \(subject), \(twin.name)")
                }
            }
        }
    }
}
