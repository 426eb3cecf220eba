import CZondaSIMD
import ZondaCore
import ZondaDevice

/// Operations on rows by themselves. Kernels take any cut of the rows, so an item is a run of them.
extension CPUEncoder {
    /// Rows of one item: a few items per thread.
    func rowsPerItem(_ rows: Int) -> Int { max(1, rows / (threadCount * 4)) }

    /// Adds a job over all of `rows` rows; `work` gets the item, of `rowsPerItem(rows)` rows.
    func addRows<Arguments: BitwiseCopyable>(
        _ arguments: Arguments, rows: Int,
        _ work: @escaping @convention(c) (_ arguments: UnsafeRawPointer?, _ item: Int32, _ thread: Int32) -> Void
    ) {
        let count = rowsPerItem(rows)
        recording.add(arguments, items: (rows + count - 1) / count, work)
    }

    /// Scratch rows without gaps.
    func takeRows(_ rows: Int, columns: Int) -> RowView {
        RowView(scratch.take(Float.self, count: rows * columns), rows: rows, columns: columns)
    }

    /// A norm for the kernels, of runs of a row of `columns` values.
    func norm(_ spec: NormSpec, columns: Int) throws(ZondaError) -> zonda_norm {
        guard columns % spec.weight.columns == 0, spec.bias?.columns ?? spec.weight.columns == spec.weight.columns
        else {
            throw ZondaError(
                .internalFault, "a norm of \(spec.weight.columns) values over rows of \(columns)", remedy: "report this"
            )
        }
        return zonda_norm(
            weight: try vector(spec.weight), bias: try vector(spec.bias), epsilon: spec.epsilon,
            size: Int32(spec.weight.columns), kind: spec.kind == .rms ? ZONDA_NORM_RMS : ZONDA_NORM_LAYER)
    }

    func embed(_ op: EmbedOp) throws(ZondaError) {
        let (output, weight) = (try view(op.output), try weight(op.weight))
        let job = EmbedJob(
            kernels: kernels, weight: weight, tokens: memory.tokens.base, scale: op.scale, output: output,
            scratch: takeProductScratch(for: [weight]))
        recording.add(job, items: output.rows) { arguments, item, thread in
            guard let arguments else { return }
            let job = arguments.load(as: EmbedJob.self)
            let (row, scratch) = (Int(item), job.scratch[thread])
            let (kernels, linear) = (job.kernels, job.kernels.pointee.linear)
            var (weight, token) = (job.weight, job.tokens[row])
            if weight.packed == nil {
                weight = weight.packing(Int(token)..<Int(token) + 1, into: scratch + linear.scratch_bytes)
                token = 0
            }
            linear.unpack_row(&weight, token, job.output.rows(from: row).base, scratch)
            guard job.scale != 1 else { return }
            kernels.pointee.rows.scale(
                job.output.reading(from: row), job.output.writing(from: row), 1, Int32(job.output.columns), job.scale)
        }
    }

    func norm(_ op: NormOp) throws(ZondaError) {
        let job = NormJob(
            kernels: kernels, input: try view(op.input), output: try view(op.output),
            norm: try norm(op.spec, columns: op.input.columns), rowsPerItem: rowsPerItem(op.input.rows))
        addRows(job, rows: op.input.rows) { arguments, item, _ in
            guard var job = arguments?.load(as: NormJob.self) else { return }
            let first = Int(item) * job.rowsPerItem
            let count = min(job.rowsPerItem, job.input.rows - first)
            job.kernels.pointee.rows.norm(
                job.input.reading(from: first), job.output.writing(from: first), Int32(count),
                Int32(job.input.columns), &job.norm)
        }
    }

    func gather(_ op: GatherOp) throws(ZondaError) {
        let job = GatherJob(rows: memory.logitRows.base, input: try view(op.input), output: try view(op.output))
        recording.add(job, items: op.output.rows) { arguments, item, _ in
            guard let job = arguments?.load(as: GatherJob.self) else { return }
            let source = job.input.rows(from: Int(job.rows[Int(item)])).base
            job.output.rows(from: Int(item)).base.update(from: source, count: job.output.columns)
        }
    }

    func combine(_ op: CombineOp) throws(ZondaError) {
        let rows = op.output.rows
        var job = CombineJob(
            kernels: kernels, kind: .init(op.kind), a: try view(op.a), b: try view(op.b), output: try view(op.output),
            rowsPerItem: rowsPerItem(rows))
        if let spec = op.norm {
            job.norm = try norm(spec, columns: op.b.columns)
            job.normed = takeRows(rows, columns: op.b.columns)
        }
        addRows(job, rows: rows) { arguments, item, _ in arguments?.load(as: CombineJob.self).run(Int(item)) }
    }
}

private struct EmbedJob: BitwiseCopyable {
    var kernels: UnsafePointer<zonda_kernels>
    var weight: zonda_weight
    var tokens: UnsafeMutablePointer<Int32>
    var scale: Float
    var output: RowView
    var scratch: ScratchPlan.PerThread
}

private struct NormJob: BitwiseCopyable {
    var kernels: UnsafePointer<zonda_kernels>
    var input: RowView
    var output: RowView
    var norm: zonda_norm
    var rowsPerItem: Int
}

private struct GatherJob: BitwiseCopyable {
    var rows: UnsafeMutablePointer<Int32>
    var input: RowView
    var output: RowView
}

private struct CombineJob: BitwiseCopyable {
    enum Kind: BitwiseCopyable {
        case add(scale: Float)
        case gated(zonda_activation)
        case activation(zonda_activation)

        init(_ kind: CombineOp.Kind) {
            switch kind {
            case .add(let scale): self = .add(scale: scale)
            case .gated(let activation): self = .gated(activation.kernelCode)
            case .activation(let activation): self = .activation(activation.kernelCode)
            }
        }
    }

    var kernels: UnsafePointer<zonda_kernels>
    var kind: Kind
    var a: RowView
    var b: RowView
    var output: RowView
    var norm: zonda_norm?
    var normed: RowView?
    var rowsPerItem: Int

    func run(_ item: Int) {
        let first = item * rowsPerItem
        let count = Int32(min(rowsPerItem, output.rows - first))
        let columns = Int32(output.columns)
        var b = b
        if var norm, let normed {
            kernels.pointee.rows.norm(
                b.reading(from: first), normed.writing(from: first), count, Int32(b.columns), &norm)
            b = normed
        }
        let (left, right, target) = (a.reading(from: first), b.reading(from: first), output.writing(from: first))
        switch kind {
        case .add(let scale): kernels.pointee.rows.add(left, right, target, count, columns, scale)
        case .gated(let activation): kernels.pointee.rows.gate(left, right, target, count, columns, activation)
        case .activation(let activation): kernels.pointee.rows.activate(left, target, count, columns, activation)
        }
    }
}
