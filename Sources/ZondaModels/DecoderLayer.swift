import ZondaCore
import ZondaDevice

/// One block with its weights.
struct DecoderLayer {
    var inputNorm: NormSpec?
    var attention: Attention
    var postAttentionNorm: NormSpec?
    var feedForwardNorm: NormSpec?
    var feedForward: FeedForward
    var postFeedForwardNorm: NormSpec?
    var residualScale: Float
    var isParallel: Bool

    struct Attention {
        var description: AttentionDescription
        var query, key, value, output: LinearOp.Part
        var queryNorm, keyNorm: NormSpec?
        var rope: Rope?
    }

    enum FeedForward {
        case gated(gate: LinearOp.Part, up: LinearOp.Part, down: LinearOp.Part, Activation)
        case plain(up: LinearOp.Part, down: LinearOp.Part, Activation)
        case experts(Experts)
    }

    struct Experts {
        var router: PackedWeight
        var gate, up, down: [PackedWeight]
        var topK: Int
        var renormalizes: Bool
        var activation: Activation
    }

    /// residual [rows, hidden] += attention; residual += feed-forward.
    func forward(_ encoder: any Encoder, _ buffers: Activations, _ cache: KVCache) throws(ZondaError) {
        let stream = buffers.residual
        // A parallel block's second branch must still see the stream without the first: the sum waits in `branch`.
        let middle = isParallel ? buffers.branch : stream
        try attend(encoder, buffers, cache, to: middle)
        let sum = Residual(middle, scale: residualScale)
        guard let postFeedForwardNorm else {
            return try feed(encoder, buffers, residual: sum, output: stream)
        }
        try feed(encoder, buffers, residual: nil, output: buffers.branch)
        try add(encoder, buffers, norm: postFeedForwardNorm)
    }

    private func attend(
        _ encoder: any Encoder, _ buffers: Activations, _ cache: KVCache, to output: Tensor
    ) throws(ZondaError) {
        let shape = attention.description
        let queryWidth = shape.heads * shape.headSize
        let keyWidth = shape.kvHeads * shape.headSize
        let projected = buffers.projected.columns(0..<queryWidth + 2 * keyWidth)
        let query = projected.columns(0..<queryWidth)
        let attended = buffers.attended.columns(0..<queryWidth)
        try encoder.encode(
            .linear(
                LinearOp(
                    input: buffers.residual, norm: inputNorm, parts: [attention.query, attention.key, attention.value],
                    output: projected, workspace: buffers.workspace)))
        try encoder.encode(
            .ropeStore(
                RopeStoreOp(
                    query: query, key: projected.columns(queryWidth..<queryWidth + keyWidth),
                    value: projected.columns(queryWidth + keyWidth..<queryWidth + 2 * keyWidth),
                    queryNorm: attention.queryNorm, keyNorm: attention.keyNorm, rope: attention.rope, cache: cache)))
        try encoder.encode(
            .attention(
                AttentionOp(
                    query: query, cache: cache, scale: shape.scale, softcap: shape.softcap, window: shape.window,
                    output: attended)))
        let hasPostNorm = postAttentionNorm != nil
        try encoder.encode(
            .linear(
                LinearOp(
                    input: attended, parts: [attention.output],
                    residual: hasPostNorm ? nil : Residual(buffers.residual, scale: residualScale),
                    output: hasPostNorm ? buffers.branch : output, workspace: buffers.workspace)))
        if let postAttentionNorm { try add(encoder, buffers, norm: postAttentionNorm) }
    }

    private func feed(
        _ encoder: any Encoder, _ buffers: Activations, residual: Residual?, output: Tensor
    ) throws(ZondaError) {
        let (input, norm) = (buffers.residual, feedForwardNorm)
        switch feedForward {
        case .gated(let gate, let up, let down, let activation):
            let hidden = buffers.intermediate.columns(0..<up.weight.rows)
            try encoder.encode(
                .linear(
                    LinearOp(
                        input: input, norm: norm, parts: [gate, up], combine: .gated(activation), output: hidden,
                        workspace: buffers.workspace)))
            try encoder.encode(
                .linear(
                    LinearOp(
                        input: hidden, parts: [down], residual: residual, output: output, workspace: buffers.workspace))
            )
        case .plain(let up, let down, let activation):
            let hidden = buffers.intermediate.columns(0..<up.weight.rows)
            try encoder.encode(
                .linear(
                    LinearOp(
                        input: input, norm: norm, parts: [up], combine: .activation(activation), output: hidden,
                        workspace: buffers.workspace)))
            try encoder.encode(
                .linear(
                    LinearOp(
                        input: hidden, parts: [down], residual: residual, output: output, workspace: buffers.workspace))
            )
        case .experts(let part):
            try encoder.encode(
                .experts(
                    ExpertsOp(
                        input: input, norm: norm, router: part.router, gate: part.gate, up: part.up, down: part.down,
                        topK: part.topK, renormalizes: part.renormalizes, activation: part.activation,
                        residual: residual, output: output, workspace: buffers.workspace)))
        }
    }

    /// residual += scale * norm(branch).
    private func add(_ encoder: any Encoder, _ buffers: Activations, norm: NormSpec) throws(ZondaError) {
        try encoder.encode(
            .combine(
                CombineOp(
                    .add(scale: residualScale), a: buffers.residual, b: buffers.branch, norm: norm,
                    output: buffers.residual, workspace: buffers.workspace)))
    }
}
