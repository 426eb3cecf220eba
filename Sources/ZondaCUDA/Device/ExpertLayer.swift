import CZondaKernels
import ZondaCore
import ZondaDevice

/// The weights of one kind of all experts.
struct ExpertWeights {
    let weights: [PackedWeight]
    let formats: [WeightFormat]

    init(_ weights: [PackedWeight]) throws(ZondaError) {
        var formats: [WeightFormat] = []
        for weight in weights {
            formats.append(try weight.format)
        }
        self.weights = weights
        self.formats = formats
    }

    /// One format of each layout that there is, in the order of experts.
    var layouts: [WeightFormat] {
        formats.reduce(into: []) { known, format in
            if !known.contains(where: { $0.layout == format.layout }) { known.append(format) }
        }
    }
}

/// What a mixture of experts consists of, checked.
struct ExpertLayer {
    let gate: ExpertWeights
    let up: ExpertWeights
    let down: ExpertWeights

    /// - Throws: `unsupported` for more experts than the kernels take, `internalFault` for shapes that disagree.
    init(_ op: ExpertsOp) throws(ZondaError) {
        let (hidden, count) = (op.input.columns, op.router.rows)
        guard count <= Int(zonda_max_experts), op.topK <= Int(zonda_max_top_experts) else {
            throw ZondaError(
                .unsupported,
                "\(op.topK) of \(count) experts a row; on a GPU at most \(zonda_max_top_experts) of \(zonda_max_experts)",
                remedy: "run on the CPU (`--device cpu`)")
        }
        let inner = op.gate.first?.rows ?? 0
        let fits =
            op.router.columns == hidden && op.output.columns == hidden
            && (op.norm.map { $0.weight.columns == hidden } ?? true) && (1...max(count, 1)).contains(op.topK)
            && [op.gate, op.up, op.down].allSatisfy { $0.count == count }
            && (op.gate + op.up).allSatisfy { $0.rows == inner && $0.columns == hidden }
            && op.down.allSatisfy { $0.rows == hidden && $0.columns == inner }
        guard fits, count > 0 else { throw Self.mismatch(op) }
        gate = try ExpertWeights(op.gate)
        up = try ExpertWeights(op.up)
        down = try ExpertWeights(op.down)
    }

    var count: Int { gate.weights.count }

    /// Whether the gate and the up of every expert have one layout: then one kernel multiplies both.
    var isFused: Bool { zip(gate.formats, up.formats).allSatisfy { $0.layout == $1.layout } }

    static func mismatch(_ op: ExpertsOp) -> ZondaError {
        ZondaError(
            .internalFault,
            "\(op.topK) of \(op.router.rows) experts with \(op.gate.count), \(op.up.count) and \(op.down.count) weights "
                + "from \(op.input.shape) to \(op.output.shape)",
            remedy: "report this: the decoder's shapes disagree")
    }
}
