import TestSupport
import Testing
import ZondaCPU
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension Kernels {
    /// Mixtures of experts on the emulated GPU: against the reference device, and the same bits in any company.
    @Suite struct MixtureTests {
        private func reference(_ shape: MixtureCase, _ input: [Float]) throws -> [Float] {
            let rows = input.count / shape.hidden
            return try MixtureBench(shape, rows: rows, on: ReferenceDevice(), compute: .float32).run(input)
        }

        /// f16 activations round to 2^-12, two bf16 terms to 2^-17, one to 2^-9; over two products, the worst of many.
        private func tolerance(_ shape: MixtureCase, isPrompt: Bool) -> Float {
            let types = shape.gate + shape.up + shape.down
            if isPrompt && types.contains(.bf16) { return 2e-2 }
            return types.allSatisfy { [.bf16, .f32].contains($0) } ? 2e-4 : 3e-3
        }

        /// 70 rows of the shape at once, then fewer: close to the reference, and the same bits.
        private func check(_ shape: MixtureCase, on player: Player, rows counts: [Int] = [1, 3, 8, 9, 40]) throws {
            let most = 70
            let input = shape.input(rows: most)
            let expected = try reference(shape, input)
            let bench = try MixtureBench(shape, rows: most, on: try player.device(isDeterministic: true))
            let all = try bench.run(input)
            let error = worstError(all, expected)
            #expect(error < tolerance(shape, isPrompt: false), "\(shape), 70 rows")
            for rows in counts {
                let some = try bench.run(Array(input.prefix(rows * shape.hidden)))
                #expect(some.words == all.prefix(some.count).map(\.bitPattern), "\(shape), \(rows) rows")
            }
            // A row of the middle alone, too: it is in other blocks then, at another place.
            let alone = try bench.run(Array(input[37 * shape.hidden..<38 * shape.hidden]))
            #expect(alone.words == all[37 * shape.hidden..<38 * shape.hidden].map(\.bitPattern), "\(shape), row 37")
        }

        static let shapes = [
            MixtureCase(norm: .rms, residual: 0.5),
            MixtureCase(experts: 4, top: 2, hidden: 96, inner: 160, gate: [.q8_0], up: [.q8_0], down: [.q8_0]),
            MixtureCase(
                experts: 4, top: 3, hidden: 100, inner: 72, gate: [.bf16], up: [.bf16], down: [.bf16],
                renormalizes: false, norm: .layer, activation: .geluTanh),
            MixtureCase(experts: 5, top: 2, hidden: 64, inner: 40, gate: [.f32], up: [.f32], down: [.f32], residual: 1),
            // Nearly a row an expert: few pairs each, in steps of many rows too.
            MixtureCase(experts: 33, top: 1, hidden: 64, inner: 64, gate: [.q4_1], up: [.q4_1], down: [.q8_0]),
        ]

        @Test(arguments: shapes) func types(_ shape: MixtureCase) throws {
            try check(shape, on: .fast(architecture: 90))
        }

        /// One launch a layout where experts differ, and products before the gate where gate and up do.
        @Test(arguments: [
            MixtureCase(experts: 4, gate: [.q4_K, .q8_0], up: [.q4_K, .q8_0], down: [.q8_0, .bf16, .q6_K]),
            MixtureCase(experts: 4, gate: [.q4_K], up: [.bf16], down: [.q4_K]),
            MixtureCase(
                experts: 3, gate: [.q4_K, .q6_K, .q8_0], up: [.q6_K, .q6_K, .q4_K], down: [.q4_K], residual: 1),
        ]) func mixedTypes(_ shape: MixtureCase) throws {
            try check(shape, on: .fast(architecture: 80), rows: [3, 9])
        }

        /// All rows choose expert 2; the others but one have none.
        @Test(arguments: [1, 2]) func oneExpertForAll(_ top: Int) throws {
            var shape = MixtureCase(experts: 6, top: top, gate: [.q8_0], up: [.q8_0], down: [.q4_K])
            shape.bias = [0: -40, 1: -50, 2: 40, 3: -50, 4: 20, 5: -60]
            try check(shape, on: .fast(architecture: 90))
        }

        /// Prompts in one sum over all columns, which is not the order of single rows.
        @Test(arguments: [
            MixtureCase(experts: 3, top: 3), MixtureCase(experts: 2, top: 2, gate: [.q8_0], up: [.q8_0], down: [.bf16]),
            MixtureCase(experts: 2, top: 2, hidden: 64, inner: 64, gate: [.f32], up: [.f32], down: [.f32]),
            MixtureCase(experts: 2, top: 2, hidden: 64, inner: 64, gate: [.q4_1], up: [.q4_1], down: [.q4_1]),
        ]) func prompts(_ shape: MixtureCase) throws {
            let input = shape.input(rows: 70)
            let bench = try MixtureBench(shape, rows: 70, on: try Player.fast(architecture: 90).device())
            #expect(worstError(try bench.run(input), try reference(shape, input)) < tolerance(shape, isPrompt: true))
        }

        /// A step's graph is replayed with rows that go elsewhere than those it was recorded with.
        @Test(arguments: [2, 9, 30]) func replays(_ rows: Int) throws {
            let shape = MixtureCase(hidden: 64, inner: 64, gate: [.q8_0], up: [.q8_0], down: [.q8_0])
            let bench = try MixtureBench(shape, rows: rows, on: try Player.fast(architecture: 90).device())
            var outputs: [[Float]] = []
            for seed in 1...4 as ClosedRange<UInt64> {  // launched, captured, replayed, replayed
                let input = shape.input(rows: rows, seed: seed)
                let output = try bench.run(input)
                #expect(worstError(output, try reference(shape, input)) < tolerance(shape, isPrompt: false))
                outputs.append(output)
            }
            #expect(try bench.run(shape.input(rows: rows, seed: 1)) == outputs[0])
            #expect(outputs[0] != outputs[2])
        }

        /// Copies land late, threads and blocks take turns in every order: both kernels, gates fused and not.
        @Test(arguments: Player.checked + [.checked(architecture: 80, order: .random)])
        func checked(_ player: Player) throws {
            for (rows, shape) in [
                (2, MixtureCase(experts: 3, top: 2, hidden: 64, inner: 32, gate: [.q8_0], up: [.q8_0], down: [.q8_0])),
                (6, MixtureCase(experts: 2, top: 1, gate: [.q4_K], up: [.q4_K], down: [.q8_0])),
                (9, MixtureCase(experts: 3, top: 2, hidden: 64, inner: 32, gate: [.q4_1], up: [.q8_0], down: [.q8_0])),
                (9, MixtureCase(experts: 2, top: 2, gate: [.q4_K, .q8_0], up: [.q4_K, .q8_0], down: [.q4_K])),
            ] {
                let input = shape.input(rows: rows)
                let expected = try reference(shape, input)
                let bench = try MixtureBench(shape, rows: rows, on: try player.device())
                #expect(worstError(try bench.run(input), expected) < 3e-3, "\(shape), \(rows) rows")
                // Once more as a graph's capture would be: lists and counters hold what the last step left.
                #expect(worstError(try bench.run(input), expected) < 3e-3, "\(shape), \(rows) rows again")
            }
        }

        @Test func wrongShapes() throws {
            let device = try Player.fast(architecture: 90).device()
            var shape = MixtureCase(experts: 2, top: 3, hidden: 64, inner: 64)
            (shape.gate, shape.up, shape.down) = ([.q8_0], [.q8_0], [.q8_0])
            expectError(.internalFault, "3 of 2 experts") {
                _ = try MixtureBench(shape, rows: 2, on: device).run(shape.input(rows: 2))
            }
            (shape.experts, shape.top, shape.hidden, shape.inner) = (40, 33, 32, 32)
            expectError(.unsupported, "33 of 40", "at most 32 of 1024", "--device cpu") {
                _ = try MixtureBench(shape, rows: 2, on: device).run(shape.input(rows: 2))
            }
        }
    }
}
