import CZondaSIMD
import ZondaCore
import ZondaDevice

/// A linear layer is two jobs: panels (norm and rounding of the input, once for all parts), then products in blocks of
/// rows and outputs, each finished by its epilogue while it is still in the cache.
extension CPUEncoder {
    func linear(_ op: LinearOp) throws(ZondaError) {
        let (input, output) = (try view(op.input), try view(op.output))
        var weights: [zonda_weight] = []
        for part in op.parts { weights.append(try weight(part.weight)) }
        guard input.rows <= output.rows, Self.fits(weights, op.combine, input.columns, output.columns) else {
            throw Self.mismatch(op)
        }
        let panels = try makePanels(of: input, norm: op.norm, for: weights.map(\.type)).panels
        var products: [zonda_linear_op] = []
        for (part, weight) in zip(op.parts, weights) {
            products.append(product(weight, panels, rows: input.rows, bias: try vector(part.bias)))
        }
        var parts: [ProductPart] = []
        var column = 0
        switch op.combine {
        case .concatenate:
            for product in products {
                let epilogue = try epilogue(op, nil, column: column)
                parts.append(ProductPart(first: product, epilogue: epilogue, output: output.columns(from: column)))
                column += Int(product.weight.rows)
            }
        case .activation(let activation):
            let epilogue = try epilogue(op, activation, column: 0)
            parts.append(ProductPart(first: products[0], epilogue: epilogue, output: output))
        case .gated(let activation):
            let epilogue = try epilogue(op, activation, column: 0)
            parts.append(
                ProductPart(first: products[0], second: products[1], epilogue: epilogue, output: output))
        }
        addProducts(parts, rows: input.rows)
    }

    private func epilogue(_ op: LinearOp, _ activation: Activation?, column: Int) throws(ZondaError) -> Epilogue {
        var epilogue = Epilogue(scale: op.scale, softcap: op.softcap, activation: activation?.kernelCode)
        if let residual = op.residual {
            let view = try view(residual.tensor)
            guard view.columns == op.output.columns, view.rows >= op.input.rows else { throw Self.mismatch(op) }
            epilogue.residual = view.columns(from: column)
            epilogue.residualScale = residual.scale
        }
        return epilogue
    }

    private static func fits(
        _ weights: [zonda_weight], _ combine: LinearOp.Combine, _ inputs: Int, _ outputs: Int
    ) -> Bool {
        guard weights.allSatisfy({ Int($0.columns) == inputs }) else { return false }
        return switch combine {
        case .concatenate: weights.reduce(0) { $0 + Int($1.rows) } == outputs
        case .activation: weights.count == 1 && Int(weights[0].rows) == outputs
        case .gated: weights.count == 2 && weights.allSatisfy { Int($0.rows) == outputs }
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
