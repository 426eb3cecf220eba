import CZondaKernels
import ZondaCore
import ZondaDevice

/// A mixture of experts: scores, routing, lists of the rows of each expert, one product of gates and ups, one of downs, and
/// the weighted sums. Nothing of the routing comes to the host: launches are those of the bucket, and lists say what there
/// is to do.
///
/// Letters: R rows, E experts, P = R * topK pairs of a row and an expert.
extension CUDAEncoder {
    func experts(_ op: ExpertsOp) throws(ZondaError) {
        let (input, output) = (try view(op.input), try view(op.output))
        let layer = try ExpertLayer(op)
        guard input.isAligned || input.columns % 4 != 0, output.rows >= input.rows else {
            throw ExpertLayer.mismatch(op)
        }
        let rows = RowInput(input, try rowNorm(op.norm))
        let scores = takeRows(input.rows, columns: layer.count)
        try multiply(rows, [try part(.init(op.router))], ProductEpilogue(output: scores, scale: 1, softcap: 0))

        let innerTiling = tiling(op, layer.gate.formats + layer.up.formats)
        let outerTiling = tiling(op, layer.down.formats)
        let routing = route(op, scores, inner: innerTiling, outer: outerTiling)

        let pairs = input.rows * op.topK
        let inner = takeRows(pairs, columns: op.gate[0].rows)
        var pairRows = PairRows(
            arguments: rows.arguments, sources: routing.lists.source_rows, tiling: innerTiling,
            list: routing.lists.inner)
        if layer.isFused {
            try multiply(&pairRows, [layer.gate, layer.up], .gated(op.activation), to: inner)
        } else {
            // No one kernel reads the gate and the up of an expert: products first, then what they are for.
            let up = takeRows(pairs, columns: inner.columns)
            try multiply(&pairRows, [layer.gate], .concatenate, to: inner)
            try multiply(&pairRows, [layer.up], .concatenate, to: up)
            let (gate, other) = (tensor(inner), tensor(up))
            try combine(CombineOp(.gated(op.activation), a: gate, b: other, output: gate))
        }

        let results = takeRows(pairs, columns: output.columns)
        var innerRows = PairRows(
            arguments: RowInput(inner, nil).arguments, sources: 0, tiling: outerTiling, list: routing.lists.outer)
        innerRows.arguments.row_count = routing.lists.offsets + UInt64(4 * layer.count)  // the number of all pairs
        try multiply(&innerRows, [layer.down], .concatenate, to: results)
        try mix(op, routing, results, to: output)
    }

    private func tiling(_ op: ExpertsOp, _ formats: [WeightFormat]) -> ExpertTiling {
        ExpertTiling(
            rows: op.input.rows, top: op.topK, experts: op.gate.count, formats: formats,
            isExact: compute == .float32, isDeterministic: isDeterministic, gpu: gpu)
    }

    /// Adds the launches that choose experts and sort pairs by them.
    private func route(
        _ op: ExpertsOp, _ scores: TensorAddress, inner: ExpertTiling, outer: ExpertTiling
    ) -> zonda_expert_route_arguments {
        let (rows, experts) = (scores.rows, scores.columns)
        let pairs = rows * op.topK
        var arguments = zonda_expert_route_arguments()
        arguments.scores = scores.address
        arguments.scores_stride = Int64(scores.stride)
        arguments.row_count = buffers.address(of: .rows)
        arguments.lists = zonda_expert_lists(
            experts: scratch.take(pairs * 4), weights: scratch.take(pairs * 4), positions: scratch.take(pairs * 4),
            source_rows: scratch.take(pairs * 4), offsets: scratch.take((experts + 1) * 4),
            inner: blockList(inner, pairs: pairs, experts: experts),
            outer: blockList(outer, pairs: pairs, experts: experts))
        arguments.rows = Int32(rows)
        arguments.expert_count = Int32(experts)
        arguments.top = Int32(op.topK)
        arguments.renormalizes = op.renormalizes ? 1 : 0
        launch("experts.cu", "expert_route", grid: .init(pieces(rows, of: 8)), block: 256, arguments)
        launch(
            "experts.cu", "expert_group", grid: .init(experts), block: 256, shared: 128 + 4 * experts, arguments)
        return arguments
    }

    private func blockList(_ tiling: ExpertTiling, pairs: Int, experts: Int) -> zonda_expert_block_list {
        let capacity = tiling.blockCapacity(pairs: pairs, experts: experts)
        return zonda_expert_block_list(
            blocks: scratch.take(capacity * MemoryLayout<zonda_expert_block>.stride), count: scratch.take(4),
            rows: Int64(tiling.blockRows))
    }

    /// output = residual + scale * Σ weight · result, each row's experts in the order of the router's choice.
    private func mix(
        _ op: ExpertsOp, _ routing: zonda_expert_route_arguments, _ results: TensorAddress, to output: TensorAddress
    ) throws(ZondaError) {
        var arguments = zonda_expert_mix_arguments()
        arguments.products = results.address
        arguments.products_stride = Int64(results.stride)
        arguments.output = output.address
        arguments.output_stride = Int64(output.stride)
        arguments.lists = routing.lists
        arguments.width = Int32(output.columns)
        arguments.top = routing.top
        arguments.scale = op.residual?.scale ?? 1
        arguments.row_count = routing.row_count
        var isAligned = output.isAligned && results.isAligned
        if let residual = op.residual {
            let base = try view(residual.tensor)
            guard base.columns == output.columns, base.rows >= op.input.rows else { throw ExpertLayer.mismatch(op) }
            arguments.residual = base.address
            arguments.residual_stride = Int64(base.stride)
            isAligned = isAligned && base.isAligned
        }
        let pack = isAligned ? 4 : 1
        launch(
            "experts.cu", "expert_mix<\(pack)>",
            grid: .init(pieces(output.columns, of: 256 * pack), op.input.rows), block: 256, arguments)
    }

    func takeRows(_ count: Int, columns: Int) -> TensorAddress {
        let address = scratch.take(count * TensorAddress.scratchStride(columns) * 4)
        return TensorAddress(scratch: address, rows: count, columns: columns)
    }

    /// Scratch rows as an operation of its own takes them.
    private func tensor(_ rows: TensorAddress) -> Tensor {
        let memory = DeviceMemory(address: UInt(rows.address), byteCount: rows.rows * rows.stride * 4) { _ in }
        return Tensor(memory, rows: rows.rows, columns: rows.columns, rowStride: rows.stride)
    }
}
