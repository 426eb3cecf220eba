import CZondaSIMD
import ZondaCore
import ZondaDevice

/// A mixture of experts: rows are grouped by expert, so that a step reads each chosen expert's weights once. A row's own
/// result does not depend on the group it is computed in.
///
/// Letters: R rows, E experts, P = R * topK pairs of a row and an expert, in the order of the grouping.
extension CPUEncoder {
    func experts(_ op: ExpertsOp) throws(ZondaError) {
        let (input, output) = (try view(op.input), try view(op.output))
        let set = try expertWeights(op)
        let (panels, normed) = try makePanels(of: input, norm: op.norm, for: [set.router.type])
        let scores = takeRows(input.rows, columns: set.count)
        addProducts(
            [
                ProductPart(
                    first: product(set.router, panels, rows: input.rows), epilogue: Epilogue(), output: scores)
            ], rows: input.rows)
        let grouping = addGrouping(op, scores)

        let pairs = grouping.pairCapacity
        let inner = takeRows(pairs, columns: Int(set.gate[0].rows))
        let innerPanels = reservePanels(rows: pairs, columns: input.columns, for: set.types(\.gate, \.up))
        addExpertPanels(grouping, from: normed, index: grouping.sourceRows, to: innerPanels)
        addExpertProducts(
            grouping, ExpertProducts(first: set.gate, second: set.up, in: recording), innerPanels,
            columns: input.columns, activation: op.activation.kernelCode, to: inner, itemsAt: \.innerItems)

        let results = takeRows(pairs, columns: output.columns)
        let outerPanels = reservePanels(rows: pairs, columns: inner.columns, for: set.types(\.down))
        addExpertPanels(grouping, from: inner, index: nil, to: outerPanels)
        addExpertProducts(
            grouping, ExpertProducts(first: set.down, second: nil, in: recording), outerPanels,
            columns: inner.columns, activation: nil, to: results, itemsAt: \.outerItems)
        try addMix(op, grouping, results, to: output)
    }

    private func expertWeights(_ op: ExpertsOp) throws(ZondaError) -> ExpertWeights {
        var set = ExpertWeights(router: try weight(op.router))
        for index in op.gate.indices {
            guard op.up.indices.contains(index), op.down.indices.contains(index) else { throw Self.mismatch(op) }
            set.gate.append(try weight(op.gate[index]))
            set.up.append(try weight(op.up[index]))
            set.down.append(try weight(op.down[index]))
        }
        let (hidden, inner) = (op.input.columns, op.gate.first?.rows ?? 0)
        let fits =
            op.router.rows == set.count && op.router.columns == hidden && op.output.columns == hidden
            && (1...max(set.count, 1)).contains(op.topK) && op.gate.count == op.down.count
            && (op.gate + op.up).allSatisfy { $0.rows == inner && $0.columns == hidden }
            && op.down.allSatisfy { $0.rows == hidden && $0.columns == inner }
        guard fits, op.output.rows >= op.input.rows else { throw Self.mismatch(op) }
        return set
    }

    private static func mismatch(_ op: ExpertsOp) -> ZondaError {
        ZondaError(
            .internalFault,
            "\(op.topK) of \(op.router.rows) experts with \(op.gate.count), \(op.up.count) and \(op.down.count) weights "
                + "from \(op.input.shape) to \(op.output.shape)",
            remedy: "report this: the decoder's shapes disagree")
    }

    /// output = residual + scale * Σ weight_e · result_e, each row's experts in the order of the router's choice.
    private func addMix(
        _ op: ExpertsOp, _ grouping: ExpertGrouping, _ results: RowView, to output: RowView
    ) throws(ZondaError) {
        var job = MixJob(
            kernels: kernels, grouping: grouping, results: results, output: output,
            rowsPerItem: rowsPerItem(op.input.rows), rows: op.input.rows)
        if let residual = op.residual {
            job.base = try view(residual.tensor)
            job.scale = residual.scale
        }
        addRows(job, rows: op.input.rows) { arguments, item, _ in arguments?.load(as: MixJob.self).run(Int(item)) }
    }
}

/// The weights of a mixture for the kernels.
private struct ExpertWeights {
    var router: zonda_weight
    var gate: [zonda_weight] = []
    var up: [zonda_weight] = []
    var down: [zonda_weight] = []

    init(router: zonda_weight) { self.router = router }

    var count: Int { gate.count }

    func types(_ paths: KeyPath<ExpertWeights, [zonda_weight]>...) -> [zonda_type] {
        paths.flatMap { self[keyPath: $0].map(\.type) }
    }
}

private struct MixJob: BitwiseCopyable {
    var kernels: UnsafePointer<zonda_kernels>
    var grouping: ExpertGrouping
    var results: RowView
    var output: RowView
    var rowsPerItem: Int
    var rows: Int
    var base: RowView?
    var scale: Float = 1

    func run(_ item: Int) {
        let first = item * rowsPerItem
        let count = Int32(min(rowsPerItem, rows - first))
        let pairs = first * grouping.topK
        let target = output.writing(from: first)
        let columns = Int32(output.columns)
        let (index, weights) = (grouping.positions + pairs, grouping.weights + pairs)
        if var base = base?.reading(from: first) {
            kernels.pointee.rows.mix(
                results.reading(from: 0), index, weights, Int32(grouping.topK), &base, scale, target, count, columns)
        } else {
            kernels.pointee.rows.mix(
                results.reading(from: 0), index, weights, Int32(grouping.topK), nil, scale, target, count, columns)
        }
    }
}
