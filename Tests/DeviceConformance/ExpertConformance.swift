public import Testing
import ZondaCPU
public import ZondaCore
public import ZondaDevice

/// Mixtures of experts.
public enum ExpertConformance {
    public struct Shape: Sendable, CustomTestStringConvertible {
        var experts: Int
        var topK: Int
        var renormalizes = true
        var residual: Float?
        var norm: NormSpec.Kind?
        /// Experts 1 and 2 have the router row of expert 0: equal scores, and the lower ids must win.
        var ties = false
        var types = [DType.q4_K, .q4_K, .q6_K]

        public var testDescription: String {
            "\(topK) of \(experts)\(ties ? ", ties" : "")\(norm == nil ? "" : ", norm")"
        }

        public static let all = [
            Shape(experts: 4, topK: 2, renormalizes: true, residual: 1, norm: .rms),
            Shape(experts: 8, topK: 3, renormalizes: false, residual: 0.5),
            Shape(experts: 6, topK: 2, ties: true), Shape(experts: 3, topK: 3, types: [.f16, .q8_0, .q5_0]),
            Shape(experts: 33, topK: 8, norm: .layer, types: [.q4_0, .bf16, .q4_1]),
        ]
    }

    private static func router(_ bench: Workbench, _ shape: Shape, columns: Int) throws -> PackedWeight {
        var values = Noise.values(shape.experts * columns, seed: 40, scale: 0.2)
        if shape.ties {
            for i in 0..<2 * columns { values[columns + i] = values[i % columns] }
        }
        let bytes = values.flatMap { withUnsafeBytes(of: $0, Array.init) }
        let spec = WeightSpec(name: "router", dtype: .f32, rows: shape.experts, columns: columns)
        return try bench.device.pack(spec, from: ByteSource(bytes: bytes, rowByteCount: columns * 4))
    }

    private static func program(_ shape: Shape, rows: Int) -> (Workbench) throws -> Program {
        let (hidden, inner) = (256, 256)
        return { bench in
            var weights: [[PackedWeight]] = []
            for (index, dtype) in shape.types.enumerated() {
                let (outputs, columns) = index == 2 ? (hidden, inner) : (inner, hidden)
                weights.append(
                    try (0..<shape.experts).map {
                        try bench.weight(dtype, rows: outputs, columns: columns, seed: 100 * index + $0)
                    })
            }
            let output = try bench.noise(rows: rows, columns: hidden, seed: 3)
            var op = ExpertsOp(
                input: try bench.noise(rows: rows, columns: hidden, seed: 1, stride: hidden + 4),
                router: try router(bench, shape, columns: hidden), gate: weights[0], up: weights[1], down: weights[2],
                topK: shape.topK, renormalizes: shape.renormalizes, activation: .silu,
                residual: shape.residual.map { Residual(output, scale: $0) }, output: output,
                workspace: try bench.workspace(rows: rows, normed: hidden, product: hidden))
            if let kind = shape.norm { op.norm = try bench.norm(kind, size: hidden) }
            return Program(.experts(op), results: output)
        }
    }

    /// And a row's bits must not depend on the rows that share its experts.
    public static func mixture(_ shape: Shape, on subjects: [Subject]) throws {
        let most = 33
        let expected = try outcome(
            Workbench(ReferenceDevice()), rows: most, fusions: [], program(shape, rows: most))
        for subject in subjects {
            let bench = try subject.workbench()
            for fusions in [Fusions.all, []] {
                let all = try outcome(bench, rows: most, fusions: fusions, program(shape, rows: most))
                expectClose(
                    all, expected, tolerance: subject.tolerances.fusedProduct,
                    "\(shape.testDescription), \(subject)")
                for rows in [1, 5] {
                    let some = try outcome(bench, rows: rows, fusions: fusions, program(shape, rows: rows))
                    #expect(
                        some.elementsEqual(all.prefix(some.count)) { $0.bitPattern == $1.bitPattern },
                        "\(rows) rows differ: \(shape.testDescription), \(subject)")
                }
            }
        }
    }
}
