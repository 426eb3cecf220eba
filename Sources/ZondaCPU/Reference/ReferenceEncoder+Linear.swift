import Glibc
import ZondaCore
import ZondaDevice

extension ReferenceEncoder {
    func linear(_ op: LinearOp) throws(ZondaError) {
        let isPlain = if case .concatenate = op.combine { true } else { false }
        try requireLowered(op.norm == nil && op.residual == nil && isPlain, "linear")
        let (input, output) = (try RowView(op.input), try RowView(op.output))
        var column = 0
        for part in op.parts {
            let bias = part.bias == nil ? nil : try RowView(part.bias!)[0]
            try product(of: (0..<input.rows).map { input[$0] }, with: part.weight) { row, index, sum in
                var value = op.scale * (Float(sum) + (bias?[index] ?? 0))
                if let cap = op.softcap { value = Float(Double(cap) * tanh(Double(value) / Double(cap))) }
                output[row][column + index] = value
            }
            column += part.weight.rows
        }
    }

    /// Every value of x · Wᵀ as (row of x, row of W, sum); each row of the weight is expanded once.
    func product(
        of rows: [UnsafeMutableBufferPointer<Float>], with weight: PackedWeight,
        _ body: (_ row: Int, _ index: Int, _ sum: Double) -> Void
    ) throws(ZondaError) {
        let reader = ReferenceWeight(weight)
        for index in 0..<weight.rows {
            let values = try reader.row(index)
            for (row, x) in rows.enumerated() {
                var sum = 0.0
                for i in 0..<values.count { sum += Double(x[i]) * Double(values[i]) }
                body(row, index, sum)
            }
        }
    }

    func experts(_ op: ExpertsOp) throws(ZondaError) {
        try requireLowered(op.norm == nil && op.residual == nil, "experts")
        let (input, output) = (try RowView(op.input), try RowView(op.output))
        for row in 0..<input.rows {
            var scores = [Double](repeating: 0, count: op.router.rows)
            try product(of: [input[row]], with: op.router) { _, expert, sum in scores[expert] = sum }
            var result = [Double](repeating: 0, count: output.columns)
            for (expert, weight) in route(scores, topK: op.topK, renormalizes: op.renormalizes) {
                var hidden = [Float](repeating: 0, count: op.gate[expert].rows)
                try product(of: [input[row]], with: op.gate[expert]) { hidden[$1] = op.activation(Float($2)) }
                try product(of: [input[row]], with: op.up[expert]) { hidden[$1] *= Float($2) }
                try hidden.withUnsafeMutableBufferPointer { (hidden) throws(ZondaError) in
                    try product(of: [hidden], with: op.down[expert]) { result[$1] += weight * $2 }
                }
            }
            for i in 0..<output.columns { output[row][i] = Float(result[i]) }
        }
    }

    /// The `topK` experts of highest probability, ties to the lower id, in that order.
    private func route(_ scores: [Double], topK: Int, renormalizes: Bool) -> [(expert: Int, weight: Double)] {
        let highest = scores.max() ?? 0
        let weights = scores.map { exp($0 - highest) }
        let order = scores.indices.sorted { scores[$0] > scores[$1] || (scores[$0] == scores[$1] && $0 < $1) }
        let chosen = order.prefix(topK)
        let total = renormalizes ? chosen.reduce(0) { $0 + weights[$1] } : weights.reduce(0, +)
        return chosen.map { ($0, weights[$0] / total) }
    }
}
