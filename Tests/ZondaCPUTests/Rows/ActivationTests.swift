import CZondaSIMD
import Foundation
import Testing

@Suite struct ActivationTests {
    private static let kinds: [(zonda_activation, tolerance: Double, exact: @Sendable (Double) -> Double)] = [
        (ZONDA_SILU, 4, { $0 / (1 + exp(-$0)) }),
        (ZONDA_GELU, 6, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
        (ZONDA_RELU, 0, { max($0, 0) }),
        (ZONDA_RELU_SQUARED, 1, { max($0, 0) * max($0, 0) }),
    ]

    /// Values of every size, both signs, and dense where curves bend.
    private static let inputs: [Float] = {
        var random = TestRandom(seed: 5)
        var values = random.floats(20_000, in: -9...9) + random.floats(2000, in: -60...60)
        for exponent in -30...3 {
            values += random.floats(100).map { $0 * Float(sign: .plus, exponent: exponent, significand: 1) }
        }
        return Array((values + [0, -0.0, 0.625, -0.625]).prefix(values.count / 16 * 16))
    }()

    @Test("within a few units in the last place", arguments: InstructionSet.available)
    func accuracy(set: InstructionSet) {
        for (kind, tolerance, exact) in Self.kinds {
            let output = mapRows(Self.inputs, columns: Self.inputs.count) { x, out, rows in
                set.kernels.rows.activate(x, out, rows, Int32(Self.inputs.count), kind)
            }
            let worst = zip(output, Self.inputs).map { unitsInLastPlace($0, exact(Double($1))) }.max()!
            #expect(worst <= tolerance, "\(kind)")
        }
    }

    @Test(
        "gelu's tanh form: an error of its exponent, up to 2u, is one of the result",
        arguments: InstructionSet.available)
    func geluTanh(set: InstructionSet) {
        let output = mapRows(Self.inputs, columns: Self.inputs.count) { x, out, rows in
            set.kernels.rows.activate(x, out, rows, Int32(Self.inputs.count), ZONDA_GELU_TANH)
        }
        for (value, input) in zip(output, Self.inputs) {
            let x = Double(input)
            let u = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
            let exact = x / (1 + exp(-2 * u))
            // e^-2u is infinite a little before its inverse is too small for a Float.
            #expect(unitsInLastPlace(value, exact) <= 4 + 5 * abs(u) || abs(Double(value) - exact) < 1e-36)
        }
    }

    @Test("soft cap", arguments: InstructionSet.available)
    func softCap(set: InstructionSet) {
        let output = mapRows(Self.inputs, columns: Self.inputs.count) { x, out, rows in
            set.kernels.rows.soft_cap(x, out, rows, Int32(Self.inputs.count), 3)
        }
        let worst = zip(output, Self.inputs).map { unitsInLastPlace($0, 3 * tanh(Double($1) / 3)) }.max()!
        #expect(worst <= 4)
    }

    @Test("infinities, NaN and the ends of e^x", arguments: InstructionSet.available)
    func extremes(set: InstructionSet) {
        let input: [Float] = [.infinity, .nan, -100, 100, -.greatestFiniteMagnitude, .greatestFiniteMagnitude]
        let silu = mapRows(input, columns: 6) { set.kernels.rows.activate($0, $1, $2, 6, ZONDA_SILU) }
        #expect(silu[0] == .infinity && silu[1].isNaN && abs(silu[2]) < 1e-36 && silu[3] == 100)
        #expect(silu[4] == 0 && silu[5] == .greatestFiniteMagnitude)
        let gelu = mapRows(input, columns: 6) { set.kernels.rows.activate($0, $1, $2, 6, ZONDA_GELU) }
        #expect(gelu[0] == .infinity && gelu[1].isNaN && gelu[2] == 0 && gelu[3] == 100 && gelu[4] == 0)
        #expect(gelu[5] == .greatestFiniteMagnitude)
    }

    @Test("every width gives what each value gives alone", arguments: InstructionSet.available, rowWidths)
    func tails(set: InstructionSet, width: Int) {
        let input = Array(Self.inputs.prefix(2 * width))
        let up = Array(Self.inputs.suffix(2 * width))
        for kind in [ZONDA_SILU, ZONDA_GELU_TANH, ZONDA_GELU, ZONDA_RELU, ZONDA_RELU_SQUARED] {
            let rows = mapRows(input, columns: width) { set.kernels.rows.activate($0, $1, $2, Int32(width), kind) }
            let alone = mapRows(input, columns: 1) { set.kernels.rows.activate($0, $1, $2, 1, kind) }
            #expect(rows.map(\.bitPattern) == alone.map(\.bitPattern))
            let gated = mapRows(input, columns: width, padding: 0) { x, out, count in
                up.withUnsafeBufferPointer {
                    let up = zonda_const_rows(values: $0.baseAddress!, stride: width)
                    set.kernels.rows.gate(x, up, out, count, Int32(width), kind)
                }
            }
            #expect(gated == zip(alone, up).map { $0 * $1 })
        }
    }

    @Test("all instruction sets give the same bits")
    func instructionSets() {
        for kind in [ZONDA_SILU, ZONDA_GELU_TANH, ZONDA_GELU] {
            let results = InstructionSet.available.map { set in
                mapRows(Self.inputs, columns: 16) { set.kernels.rows.activate($0, $1, $2, 16, kind) }.map(\.bitPattern)
            }
            #expect(results.allSatisfy { $0 == results[0] })
        }
    }
}
