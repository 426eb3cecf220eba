import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice

@Suite struct LinearTests {
    /// Below, at and above what kernels switch at.
    static let rowCounts = [1, 2, 5, 8, 9, 33, 64, 65]

    /// Every type, with rows that fill one block, several, and part of a block of 256 where the type allows it. A row's
    /// bits must not depend on how many rows there are.
    @Test(arguments: DType.weights) func product(_ dtype: DType) throws {
        for (outputs, columns) in [(17, dtype.blockSize * 3), (40, 512)] where columns % dtype.blockSize == 0 {
            let most = Self.rowCounts.last ?? 0
            func build(_ rows: Int) -> (Workbench) throws -> Program {
                { bench in
                    let output = try bench.tensor(rows: rows, columns: outputs)
                    let op = LinearOp(
                        input: try bench.noise(rows: rows, columns: columns, seed: 1),
                        parts: [.init(try bench.weight(dtype, rows: outputs, columns: columns, seed: 2))],
                        output: output)
                    return Program(.linear(op), results: output)
                }
            }
            let expected = try outcome(Workbench(ReferenceDevice()), rows: most, fusions: [], build(most))
            for subject in Subject.all {
                let bench = try subject.workbench()
                guard subject.supports(dtype, bench) else { continue }
                let all = try outcome(bench, rows: most, fusions: .all, build(most))
                expectClose(
                    all, expected, tolerance: subject.tolerance(dtype),
                    "\(dtype) [\(outputs), \(columns)] \(subject.testDescription)")
                for threads in [1, 3] where dtype.isCommon {
                    var other = subject
                    other.threads = threads
                    let same = try outcome(other.workbench(), rows: most, fusions: .all, build(most))
                    #expect(
                        same.elementsEqual(all) { $0.bitPattern == $1.bitPattern },
                        "other threads differ: \(dtype) [\(outputs), \(columns)] \(other.testDescription)")
                }
                for rows in Self.rowCounts {
                    let some = try outcome(bench, rows: rows, fusions: .all, build(rows))
                    #expect(
                        some.elementsEqual(all.prefix(rows * outputs)) { $0.bitPattern == $1.bitPattern },
                        "\(rows) rows differ: \(dtype) [\(outputs), \(columns)] \(subject.testDescription)")
                }
            }
        }
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        var name: String
        var types: [DType]
        var combine = LinearOp.Combine.concatenate
        var norm: NormSpec.Kind?
        var bias = false
        var scale: Float = 1
        var softcap: Float?
        var residual: Float?

        var testDescription: String { name }

        static let all = [
            Shape(name: "three types side by side", types: [.q5_0, .q8_0, .f16], norm: .rms, bias: true),
            Shape(name: "gated", types: [.q4_K, .q6_K], combine: .gated(.silu), norm: .rms),
            Shape(name: "gated with residual", types: [.q4_1, .f32], combine: .gated(.geluTanh), residual: 0.5),
            Shape(name: "activation and bias", types: [.q8_0], combine: .activation(.gelu), norm: .layer, bias: true),
            Shape(name: "squared", types: [.bf16], combine: .activation(.reluSquared), residual: 1),
            Shape(name: "rectified", types: [.q4_0, .q4_0], combine: .gated(.relu)),
            Shape(name: "residual", types: [.q4_K], bias: true, residual: 0.22),
            Shape(name: "logits", types: [.q6_K], norm: .rms, scale: 0.125, softcap: 1.5),
            Shape(name: "scaled, capped, gated", types: [.q8_0, .q8_0], combine: .gated(.silu), scale: 2, softcap: 2),
        ]
    }

    @Test(arguments: Shape.all) func fused(_ shape: Shape) throws {
        let (rows, columns, outputs) = (9, 512, 48)
        let isPlain = if case .concatenate = shape.combine { true } else { false }
        let width = isPlain ? outputs * shape.types.count : outputs
        func build(_ bench: Workbench) throws -> Program {
            var parts: [LinearOp.Part] = []
            for (index, dtype) in shape.types.enumerated() {
                let bias = shape.bias ? try bench.noise(rows: 1, columns: outputs, seed: 20 + index) : nil
                parts.append(
                    .init(try bench.weight(dtype, rows: outputs, columns: columns, seed: 10 + index), bias: bias))
            }
            // The residual is the output itself, as in a decoder.
            let output = try bench.noise(rows: rows, columns: width, seed: 3, stride: width + 8)
            var op = LinearOp(
                input: try bench.noise(rows: rows, columns: columns, seed: 1, stride: columns + 4), parts: parts,
                combine: shape.combine, scale: shape.scale, softcap: shape.softcap,
                residual: shape.residual.map { Residual(output, scale: $0) }, output: output,
                workspace: try bench.workspace(
                    rows: rows, normed: columns, product: outputs * shape.types.count))
            if let kind = shape.norm { op.norm = try bench.norm(kind, size: columns) }
            return Program(.linear(op), results: output)
        }
        let expected = try outcome(Workbench(ReferenceDevice()), rows: rows, fusions: [], build)
        for subject in Subject.all {
            for fusions in [Fusions.all, []] {
                let values = try outcome(subject.workbench(), rows: rows, fusions: fusions, build)
                expectClose(
                    values, expected, tolerance: subject.compute == .float32 ? 5e-5 : 3e-3,
                    "\(shape.name), \(fusions == [] ? "lowered" : "fused"), \(subject.testDescription)")
            }
        }
    }
}

extension DType {
    /// Types that stand for the others where every one would take too long: plain, with and without offsets, K-blocks.
    fileprivate var isCommon: Bool { [.bf16, .q8_0, .q4_1, .q4_K].contains(self) }
}

extension Subject {
    /// Types that a device refuses must be refused when it is asked for a layout, not later.
    func supports(_ dtype: DType, _ bench: Workbench) -> Bool {
        let spec = WeightSpec(name: "w", dtype: dtype, rows: 1, columns: dtype.blockSize)
        return (try? bench.device.layout(of: spec)) != nil
    }
}

extension Workbench {
    func norm(_ kind: NormSpec.Kind, size: Int) throws -> NormSpec {
        let weight = try tensor(Noise.values(size, seed: 90).map { 1 + 0.1 * $0 }, columns: size)
        let bias = kind == .layer ? try noise(rows: 1, columns: size, seed: 91, scale: 0.1) : nil
        return NormSpec(kind: kind, weight: weight, bias: bias, epsilon: 1e-5)
    }
}
