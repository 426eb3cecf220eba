public import ZondaCore

/// Splits the optional fields that a device does not claim into operations of their own: the one place that knows how.
///
/// - Throws: `internalFault` when a fusion must be split and the operation has no workspace for it.
public func lower(_ operation: Operation, for fusions: Fusions) throws(ZondaError) -> [Operation] {
    switch operation {
    case .linear(let op): try lower(op, for: fusions)
    case .experts(let op): try lower(op, for: fusions)
    case .ropeStore(let op): lower(op, for: fusions)
    case .combine(let op): try lower(op, for: fusions)
    case .embed, .norm, .attention, .gather, .sample: [operation]
    }
}

private func lower(_ op: LinearOp, for fusions: Fusions) throws(ZondaError) -> [Operation] {
    var op = op
    let before = try splitNorm(of: &op.input, &op.norm, op.workspace, for: fusions)
    var after: [Operation] = []
    let isPlain = if case .concatenate = op.combine { true } else { false }
    let splitsActivation = !isPlain && !fusions.contains(.activationIntoLinear)
    // The residual comes after the activation, so it can't stay when the activation goes.
    let splitsResidual = op.residual != nil && (splitsActivation || !fusions.contains(.residualIntoLinear))
    guard splitsActivation || splitsResidual else { return before + [.linear(op)] }

    let (final, combine, residual) = (op.output, op.combine, op.residual)
    let width = splitsActivation ? op.parts.reduce(0) { $0 + $1.weight.rows } : final.columns
    let product = try workspace(op.workspace.product, "product", rows: op.input.rows, columns: width)
    var result = product
    op.output = product
    if splitsActivation {
        let firstWidth = op.parts[0].weight.rows
        let first = product.columns(0..<firstWidth)
        result = splitsResidual ? first : final
        op.combine = .concatenate
        switch combine {
        case .gated(let activation):
            let rest = product.columns(firstWidth..<width)
            after.append(.combine(CombineOp(.gated(activation), a: first, b: rest, output: result)))
        case .activation(let activation):
            after.append(.combine(CombineOp(.activation(activation), a: first, b: first, output: result)))
        case .concatenate: break
        }
    }
    if splitsResidual, let residual {
        op.residual = nil
        after.append(.combine(CombineOp(.add(scale: residual.scale), a: residual.tensor, b: result, output: final)))
    }
    return before + [.linear(op)] + after
}

private func lower(_ op: ExpertsOp, for fusions: Fusions) throws(ZondaError) -> [Operation] {
    var op = op
    let before = try splitNorm(of: &op.input, &op.norm, op.workspace, for: fusions)
    var after: [Operation] = []
    if let residual = op.residual, !fusions.contains(.residualIntoLinear) {
        let final = op.output
        op.output = try workspace(op.workspace.product, "product", rows: final.rows, columns: final.columns)
        op.residual = nil
        after.append(.combine(CombineOp(.add(scale: residual.scale), a: residual.tensor, b: op.output, output: final)))
    }
    return before + [.experts(op)] + after
}

/// The operation that norms an input beforehand, where a device does not do it while it reads.
private func splitNorm(
    of input: inout Tensor, _ norm: inout NormSpec?, _ space: Workspace, for fusions: Fusions
) throws(ZondaError) -> [Operation] {
    guard let spec = norm, !fusions.contains(.normIntoLinear) else { return [] }
    let normed = try workspace(space.normed, "normed", rows: input.rows, columns: input.columns)
    let operation = Operation.norm(NormOp(input: input, spec: spec, output: normed))
    input = normed
    norm = nil
    return [operation]
}

private func lower(_ op: RopeStoreOp, for fusions: Fusions) -> [Operation] {
    guard !fusions.contains(.normIntoRope) else { return [.ropeStore(op)] }
    var op = op
    var before: [Operation] = []
    if let norm = op.queryNorm { before.append(.norm(NormOp(input: op.query, spec: norm, output: op.query))) }
    if let norm = op.keyNorm { before.append(.norm(NormOp(input: op.key, spec: norm, output: op.key))) }
    op.queryNorm = nil
    op.keyNorm = nil
    return before + [.ropeStore(op)]
}

private func lower(_ op: CombineOp, for fusions: Fusions) throws(ZondaError) -> [Operation] {
    guard let norm = op.norm, !fusions.contains(.normIntoCombine) else { return [.combine(op)] }
    var op = op
    let normed = try workspace(op.workspace.normed, "normed", rows: op.b.rows, columns: op.b.columns)
    let first = Operation.norm(NormOp(input: op.b, spec: norm, output: normed))
    op.b = normed
    op.norm = nil
    return [first, .combine(op)]
}

private func workspace(_ tensor: Tensor?, _ name: String, rows: Int, columns: Int) throws(ZondaError) -> Tensor {
    guard let tensor, tensor.rows >= rows, tensor.rowStride >= columns else {
        throw ZondaError(
            .internalFault, "an operation was split without a \(name) workspace of [\(rows), \(columns)]",
            remedy: "report this: the decoder sized its arena for other fusions than the device claims")
    }
    return Tensor(tensor.memory, byteOffset: tensor.byteOffset, rows: rows, columns: columns)
}
