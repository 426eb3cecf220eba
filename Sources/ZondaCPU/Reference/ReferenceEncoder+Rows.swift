import Glibc
import ZondaCore
import ZondaDevice

/// Operations on rows by themselves: embedding, norms, elementwise combinations, gathering.
extension ReferenceEncoder {
    func embed(_ op: EmbedOp) throws(ZondaError) {
        let output = try RowView(op.output)
        let weight = ReferenceWeight(op.weight)
        for (row, token) in inputs.tokens.enumerated() {
            let values = try weight.row(Int(token))
            for (column, value) in values.enumerated() { output[row][column] = value * op.scale }
        }
    }

    func norm(_ op: NormOp) throws(ZondaError) {
        let (input, output) = (try RowView(op.input), try RowView(op.output))
        let size = op.spec.weight.columns
        let weight = try RowView(op.spec.weight)[0]
        let bias = op.spec.bias == nil ? nil : try RowView(op.spec.bias!)[0]
        for row in 0..<input.rows {
            for start in stride(from: 0, to: input.columns, by: size) {
                let x = (0..<size).map { Double(input[row][start + $0]) }
                let mean = op.spec.kind == .layer ? x.reduce(0, +) / Double(size) : 0
                let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
                let factor = 1 / (variance + Double(op.spec.epsilon)).squareRoot()
                for i in 0..<size {
                    output[row][start + i] = Float((x[i] - mean) * factor * Double(weight[i]) + Double(bias?[i] ?? 0))
                }
            }
        }
    }

    func combine(_ op: CombineOp) throws(ZondaError) {
        try requireLowered(op.norm == nil, "combine")
        let (a, b, output) = (try RowView(op.a), try RowView(op.b), try RowView(op.output))
        for row in 0..<output.rows {
            for i in 0..<output.columns {
                switch op.kind {
                case .add(let scale): output[row][i] = a[row][i] + scale * b[row][i]
                case .gated(let activation): output[row][i] = activation(a[row][i]) * b[row][i]
                case .activation(let activation): output[row][i] = activation(a[row][i])
                }
            }
        }
    }

    func gather(_ op: GatherOp) throws(ZondaError) {
        let (input, output) = (try RowView(op.input), try RowView(op.output))
        for (index, row) in inputs.logitRows.enumerated() {
            for i in 0..<output.columns { output[index][i] = input[Int(row)][i] }
        }
    }
}

extension Activation {
    func callAsFunction(_ value: Float) -> Float {
        let x = Double(value)
        return switch self {
        case .silu: Float(x / (1 + exp(-x)))
        case .geluTanh: Float(0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))))
        case .gelu: Float(0.5 * x * (1 + erf(x / 2.0.squareRoot())))
        case .relu: max(value, 0)
        case .reluSquared: max(value, 0) * max(value, 0)
        }
    }
}
