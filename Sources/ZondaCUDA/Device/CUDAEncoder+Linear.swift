import CZondaKernels
import ZondaCore
import ZondaDevice

/// A linear layer is one launch where all its parts can share a kernel, and else one per group of parts. Unless a block
/// prepares its own rows (one kernel less, for few rows), a kernel before norms and rounds them once for all parts.
extension CUDAEncoder {
    func linear(_ op: LinearOp) throws(ZondaError) {
        let (input, output) = (try view(op.input), try view(op.output))
        var parts: [LinearPart] = []
        for part in op.parts { parts.append(try self.part(part)) }
        guard
            input.isAligned || input.columns % 4 != 0, parts.allSatisfy({ $0.columns == input.columns }),
            op.norm.map({ $0.weight.columns == input.columns }) ?? true,
            Self.width(of: parts, op.combine) == output.columns
        else { throw Self.mismatch(op) }
        let rows = RowInput(input, try rowNorm(op.norm))
        guard let split = try splitGate(op, parts, input.rows) else {
            return try multiply(rows, parts, try epilogue(op, output))
        }
        // Two layouts of one gate, and more rows than one launch takes of both: product first, then what it is for.
        try multiply(rows, parts, ProductEpilogue(output: split.product, scale: op.scale, softcap: op.softcap ?? 0))
        for operation in split.after { try visit(operation) }
    }

    func part(_ part: LinearOp.Part) throws(ZondaError) -> LinearPart {
        let format = try part.weight.format
        return LinearPart(
            weight: address(of: part.weight), bias: try vector(part.bias), rows: part.weight.rows,
            columns: part.weight.columns, format: format)
    }

    private func epilogue(_ op: LinearOp, _ output: TensorAddress) throws(ZondaError) -> ProductEpilogue {
        var epilogue = ProductEpilogue(output: output, scale: op.scale, softcap: op.softcap ?? 0)
        switch op.combine {
        case .concatenate: break
        case .gated(let activation):
            epilogue.combine = ZONDA_COMBINE_GATED
            epilogue.activation = activation.kernelCode
        case .activation(let activation):
            epilogue.combine = ZONDA_COMBINE_ACTIVATION
            epilogue.activation = activation.kernelCode
        }
        if let residual = op.residual {
            let view = try view(residual.tensor)
            guard view.columns == output.columns, view.rows >= op.input.rows else { throw Self.mismatch(op) }
            epilogue.residual = view
            epilogue.residualScale = residual.scale
        }
        return epilogue
    }

    func rowNorm(_ norm: NormSpec?) throws(ZondaError) -> RowNorm? {
        guard let norm else { return nil }
        return RowNorm(
            kind: norm.kind == .rms ? ZONDA_NORM_RMS : ZONDA_NORM_LAYER, weight: try vector(norm.weight),
            bias: try vector(norm.bias), epsilon: norm.epsilon)
    }

    /// What a gate of two layouts becomes that no one kernel multiplies; nil where one does.
    private func splitGate(
        _ op: LinearOp, _ parts: [LinearPart], _ rows: Int
    ) throws(ZondaError) -> (product: TensorAddress, after: [Operation])? {
        guard case .gated(let activation) = op.combine, parts.count == 2, rows > LinearKernel.fewRows else {
            return nil
        }
        guard parts[0].format.layout != parts[1].format.layout else { return nil }
        let width = op.output.columns
        let byteCount = rows * width * 4
        let address = scratch.take(2 * byteCount)
        let memory = DeviceMemory(address: UInt(address), byteCount: 2 * byteCount) { _ in }
        let product = Tensor(memory, rows: rows, columns: 2 * width)
        let (gate, up) = (product.columns(0..<width), product.columns(width..<2 * width))
        var after: [Operation] = []
        let result = op.residual == nil ? op.output : gate
        after.append(.combine(CombineOp(.gated(activation), a: gate, b: up, output: result)))
        if let residual = op.residual {
            after.append(
                .combine(CombineOp(.add(scale: residual.scale), a: residual.tensor, b: result, output: op.output)))
        }
        return (try view(product), after)
    }

    private static func width(of parts: [LinearPart], _ combine: LinearOp.Combine) -> Int? {
        switch combine {
        case .concatenate: parts.reduce(0) { $0 + $1.rows }
        case .activation: parts.count == 1 ? parts[0].rows : nil
        case .gated: parts.count == 2 && parts[0].rows == parts[1].rows ? parts[0].rows : nil
        }
    }

    private static func mismatch(_ op: LinearOp) -> ZondaError {
        let parts = op.parts.map { "\($0.weight.name) [\($0.weight.rows), \($0.weight.columns)]" }
        return ZondaError(
            .internalFault,
            "a linear layer of \(parts.joined(separator: ", ")) from \(op.input.shape) to \(op.output.shape)",
            remedy: "report this: the decoder's shapes disagree")
    }
}
