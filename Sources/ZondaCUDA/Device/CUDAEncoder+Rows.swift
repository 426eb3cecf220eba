import CZondaKernels
import ZondaCore
import ZondaDevice

extension CUDAEncoder {
    func embed(_ op: EmbedOp) throws(ZondaError) {
        let output = try view(op.output)
        let format = try op.weight.format
        let units = pieces(op.weight.columns, of: Int(zonda_gpu_unit_columns(format.layout)))
        let tokens = resolvedTokens(rows: output.rows)
        let arguments = zonda_embed_arguments(
            weight: address(of: op.weight), tokens: tokens, row_count: 0,
            output: output.address, output_stride: Int64(output.stride), vocabulary: Int32(op.weight.rows),
            columns: Int32(op.weight.columns), scale: op.scale, rows: Int32(output.rows))
        launch(
            "embed.cu", "embed<\(format.name)>", grid: .init(pieces(output.rows, of: 8), pieces(units, of: 4)),
            block: 128, work: OperationWork(.embed(op)), arguments)
    }

    func norm(_ op: NormOp) throws(ZondaError) {
        let (input, output) = (try view(op.input), try view(op.output))
        let width = op.spec.weight.columns
        guard width > 0, input.columns % width == 0 else {
            throw ZondaError(
                .internalFault, "a norm of \(width) values over rows of \(input.columns)", remedy: "report this")
        }
        let (weight, bias) = (try vector(op.spec.weight), try vector(op.spec.bias))
        let segments = input.columns / width
        let arguments = zonda_norm_arguments(
            input: input.address, output: output.address, weight: weight, bias: bias,
            input_stride: Int64(input.stride), output_stride: Int64(output.stride), width: Int32(width),
            segments: Int32(segments), rows: Int32(input.rows), is_layer: op.spec.kind == .layer ? 1 : 0,
            epsilon: op.spec.epsilon)
        let isAligned = input.isAligned && output.isAligned && width % 4 == 0 && weight % 16 == 0 && bias % 16 == 0
        if segments > 1, width <= (isAligned ? 1024 : 512) {
            launch(
                "norm.cu", "norm_heads<\(isAligned ? 4 : 1)>", grid: .init(pieces(input.rows * segments, of: 8)),
                block: 256, work: OperationWork(.norm(op)), arguments)
        } else {
            let shape = try RowNormShape(width: width, isAligned: isAligned)
            launch(
                "norm.cu", "norm_rows<float, \(shape.pack), \(shape.items)>", grid: .init(segments, input.rows),
                block: shape.threads, shared: RowNormShape.sharedByteCount, work: OperationWork(.norm(op)), arguments)
        }
    }

    func gather(_ op: GatherOp) throws(ZondaError) {
        let (input, output) = (try view(op.input), try view(op.output))
        let isAligned = input.isAligned && output.isAligned
        let arguments = zonda_gather_arguments(
            input: input.address, indices: buffers.address(buffers.layout.logitRows), output: output.address,
            input_stride: Int64(input.stride), output_stride: Int64(output.stride), width: Int32(output.columns))
        let pack = isAligned ? 4 : 1
        launch(
            "row_copies.cu", "gather<float, \(pack)>",
            grid: .init(pieces(output.columns, of: 256 * pack), output.rows), block: 256,
            work: OperationWork(.gather(op)), arguments)
    }

    func combine(_ op: CombineOp) throws(ZondaError) {
        let (a, b, output) = (try view(op.a), try view(op.b), try view(op.output))
        var arguments = zonda_combine_arguments()
        (arguments.a, arguments.b, arguments.output) = (a.address, b.address, output.address)
        arguments.a_stride = Int64(a.stride)
        arguments.b_stride = Int64(b.stride)
        arguments.output_stride = Int64(output.stride)
        arguments.width = Int32(output.columns)
        switch op.kind {
        case .add(let scale):
            arguments.operation = Int32(zonda_combine_add)
            arguments.scale = scale
        case .gated(let activation):
            arguments.operation = Int32(zonda_combine_gated)
            arguments.activation = activation.kernelCode
        case .activation(let activation):
            arguments.operation = Int32(zonda_combine_activation)
            arguments.activation = activation.kernelCode
        }
        var isAligned = a.isAligned && b.isAligned && output.isAligned
        guard let norm = op.norm else {
            let pack = isAligned ? 4 : 1
            return launch(
                "combine.cu", "combine<float, \(pack)>",
                grid: .init(pieces(output.columns, of: 256 * pack), output.rows), block: 256,
                work: OperationWork(.combine(op)), arguments)
        }
        guard norm.weight.columns == output.columns else {
            throw ZondaError(
                .internalFault, "a norm of \(norm.weight.columns) values over rows of \(output.columns)",
                remedy: "report this")
        }
        arguments.weight = try vector(norm.weight)
        arguments.bias = try vector(norm.bias)
        arguments.is_layer = norm.kind == .layer ? 1 : 0
        arguments.epsilon = norm.epsilon
        isAligned = isAligned && arguments.weight % 16 == 0 && arguments.bias % 16 == 0
        let shape = try RowNormShape(width: output.columns, isAligned: isAligned, plainItems: 8)
        launch(
            "combine.cu", "combine_normed<\(shape.pack), \(shape.items)>", grid: .init(output.rows),
            block: shape.threads, shared: RowNormShape.sharedByteCount, work: OperationWork(.combine(op)), arguments)
    }
}

/// How a block holds one row in registers while it is normalized: `items` packs of `pack` values a thread.
struct RowNormShape {
    let pack: Int
    let items: Int
    let threads: Int

    static let sharedByteCount = 256

    /// - Parameter plainItems: values of a thread where rows can't be read 16 bytes at a time.
    /// - Throws: `unsupported` for rows that are wider than registers hold.
    init(width: Int, isAligned: Bool, plainItems: Int = 16) throws(ZondaError) {
        let choices = isAligned ? [(4, 2, 512), (4, 8, 1024)] : [(1, plainItems, 1024)]
        for (pack, items, most) in choices {
            let needed = pieces(pieces(width, of: pack * items), of: 32) * 32
            if needed <= most {
                (self.pack, self.items, threads) = (pack, items, needed)
                return
            }
        }
        throw ZondaError(
            .unsupported, "rows of \(width) values can't be normalized on a GPU",
            remedy: "run on the CPU (`--device cpu`)")
    }
}
