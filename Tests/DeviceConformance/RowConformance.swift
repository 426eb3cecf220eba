import Testing
import ZondaCPU
public import ZondaCore
public import ZondaDevice

/// Embedding, norms, elementwise operations and gathering.
public struct RowConformance {
    let subjects: [Subject]

    public init(on subjects: [Subject]) { self.subjects = subjects }

    private func conform(
        rows: Int, inputs: StepInputs? = nil, _ what: String, _ build: (Workbench) throws -> Program
    ) throws {
        let expected = try outcome(Workbench(ReferenceDevice()), rows: rows, fusions: [], inputs: inputs, build)
        for subject in subjects where subject.compute == .float32 {
            for fusions in [Fusions.all, []] {
                let values = try outcome(subject.workbench(), rows: rows, fusions: fusions, inputs: inputs, build)
                expectClose(values, expected, tolerance: subject.tolerances.rows, "\(what) \(subject)")
            }
        }
    }

    public func embed(_ dtype: DType) throws {
        let columns = dtype.blockSize * 2
        var inputs = StepInputs.rows(4)
        inputs.tokens = [3, 0, 18, 18]
        try conform(rows: 4, inputs: inputs, "embed \(dtype)") { bench in
            let output = try bench.tensor(rows: 4, columns: columns)
            let weight = try bench.weight(dtype, rows: 19, columns: columns, seed: 5)
            return Program(.embed(EmbedOp(weight: weight, scale: 2.5, output: output)), results: output)
        }
    }

    public func norm(_ kind: NormSpec.Kind, _ rows: Int) throws {
        for (columns, size) in [(576, 576), (10, 10), (96, 16), (320, 80)] {
            try conform(rows: rows, "norm of \(size) in \(columns)") { bench in
                let output = try bench.tensor(rows: rows, columns: columns, stride: columns + 3)
                let input = try bench.noise(rows: rows, columns: columns, seed: 1, stride: columns + 1)
                let op = NormOp(input: input, spec: try bench.norm(kind, size: size), output: output)
                return Program(.norm(op), results: output)
            }
        }
    }

    public func combine(_ activation: Activation) throws {
        for (kind, norms) in [
            (CombineOp.Kind.gated(activation), false), (.activation(activation), false), (.add(scale: 0.7), false),
            (.add(scale: 1), true),
        ] {
            for rows in [1, 9, 33] {
                try conform(rows: rows, "\(kind)") { bench in
                    let output = try bench.tensor(rows: rows, columns: 50)
                    var op = CombineOp(
                        kind, a: try bench.noise(rows: rows, columns: 50, seed: 1, stride: 60),
                        b: try bench.noise(rows: rows, columns: 50, seed: 2), output: output,
                        workspace: try bench.workspace(rows: rows, normed: 50, product: 1))
                    if norms { op.norm = try bench.norm(.rms, size: 50) }
                    return Program(.combine(op), results: output)
                }
            }
        }
    }

    public func gather() throws {
        var inputs = StepInputs.rows(6)
        inputs.logitRows = [5, 0, 3]
        try conform(rows: 6, inputs: inputs, "gather") { bench in
            let output = try bench.tensor(rows: 3, columns: 7)
            let input = try bench.noise(rows: 6, columns: 7, seed: 1, stride: 9)
            return Program(.gather(GatherOp(input: input, output: output)), results: output)
        }
    }
}
