import CZondaSIMD
import Foundation
import Testing

@Suite struct NormTests {
    @Test("RMSNorm and LayerNorm, with and without weight and bias", arguments: InstructionSet.available, rowWidths)
    func norms(set: InstructionSet, size: Int) {
        var random = TestRandom(seed: UInt64(size))
        let input = random.floats(3 * 2 * size, in: -4...5)
        let (weight, bias) = (random.floats(size, in: 0...2), random.floats(size))
        for kind in [ZONDA_NORM_RMS, ZONDA_NORM_LAYER] {
            for (usesWeight, usesBias) in [(true, false), (true, true), (false, false)] {
                let output = mapRows(input, columns: 2 * size) { x, out, rows in
                    weight.withUnsafeBufferPointer { weight in
                        bias.withUnsafeBufferPointer { bias in
                            var norm = zonda_norm(
                                weight: usesWeight ? weight.baseAddress : nil,
                                bias: usesBias ? bias.baseAddress : nil, epsilon: 1e-5, size: Int32(size), kind: kind)
                            set.kernels.rows.norm(x, out, rows, Int32(2 * size), &norm)
                        }
                    }
                }
                for run in 0..<6 {
                    let x = input[run * size..<(run + 1) * size].map(Double.init)
                    let mean = kind == ZONDA_NORM_LAYER ? x.reduce(0, +) / Double(size) : 0
                    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
                    let factor = 1 / (variance + 1e-5).squareRoot()
                    for i in 0..<size {
                        let scaled = (x[i] - mean) * factor * (usesWeight ? Double(weight[i]) : 1)
                        let exact = scaled + (usesBias ? Double(bias[i]) : 0)
                        // A single value less its own mean is rounding noise times 1 / √ε.
                        #expect(abs(Double(output[run * size + i]) - exact) < 4e-6)
                    }
                }
            }
        }
    }

    @Test("all instruction sets give the same bits") func instructionSets() {
        var random = TestRandom(seed: 7)
        let input = random.floats(7 * 91, in: -4...5)
        let results = InstructionSet.available.map { set in
            mapRows(input, columns: 91) { x, out, rows in
                var norm = zonda_norm(weight: nil, bias: nil, epsilon: 1e-6, size: 91, kind: ZONDA_NORM_LAYER)
                set.kernels.rows.norm(x, out, rows, 91, &norm)
            }.map(\.bitPattern)
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }
}
