public import Testing
import ZondaCPU
public import ZondaCore
public import ZondaDevice

/// Products of every type and form.
public enum LinearConformance {
    /// Below, at and above what kernels switch at.
    static let rowCounts = [1, 2, 5, 8, 9, 33, 64, 65]

    /// Every type, with rows that fill one block, several, and part of a block of 256 where the type allows it. A row's
    /// bits must not depend on how many rows there are.
    public static func product(_ dtype: DType, on subjects: [Subject]) throws {
        for (outputs, columns) in [(17, dtype.blockSize * 3), (40, 512)] where columns % dtype.blockSize == 0 {
            let most = rowCounts.last ?? 0
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
            for subject in subjects {
                let bench = try subject.workbench()
                let all = try outcome(bench, rows: most, fusions: .all, build(most))
                expectClose(
                    all, expected, tolerance: subject.tolerances.product(dtype),
                    "\(dtype) [\(outputs), \(columns)] \(subject)")
                for twin in subject.twins where dtype.isCommon {
                    let same = try outcome(subject.workbench(of: twin), rows: most, fusions: .all, build(most))
                    #expect(
                        same.elementsEqual(all) { $0.bitPattern == $1.bitPattern },
                        "\(twin.name) differs: \(dtype) [\(outputs), \(columns)] \(subject)")
                }
                for rows in rowCounts {
                    let some = try outcome(bench, rows: rows, fusions: .all, build(rows))
                    #expect(
                        some.elementsEqual(all.prefix(rows * outputs)) { $0.bitPattern == $1.bitPattern },
                        "\(rows) rows differ: \(dtype) [\(outputs), \(columns)] \(subject)")
                }
            }
        }
    }

    public struct Shape: Sendable, CustomTestStringConvertible {
        var name: String
        var types: [DType]
        var combine = LinearOp.Combine.concatenate
        var norm: NormSpec.Kind?
        var bias = false
        var scale: Float = 1
        var softcap: Float?
        var residual: Float?

        public var testDescription: String { name }

        public static let all = [
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

    public static func fused(_ shape: Shape, on subjects: [Subject]) throws {
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
        for subject in subjects {
            for fusions in [Fusions.all, []] {
                let values = try outcome(subject.workbench(), rows: rows, fusions: fusions, build)
                expectClose(
                    values, expected, tolerance: subject.tolerances.fusedProduct,
                    "\(shape.name), \(fusions == [] ? "lowered" : "fused"), \(subject)")
            }
        }
    }
}

extension DType {
    /// Types that stand for the others where every one would take too long: plain, with and without offsets, K-blocks.
    fileprivate var isCommon: Bool { [.bf16, .q8_0, .q4_1, .q4_K].contains(self) }
}
