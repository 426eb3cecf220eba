public import ZondaCore
public import ZondaDevice

/// A decoder-only model whose weights are on a device: the one forward pass that serves every architecture.
///
/// Not `Sendable`: it lives on its device's worker thread.
public final class Decoder {
    public let description: DecoderDescription
    let embedding: PackedWeight
    let layers: [DecoderLayer]
    let finalNorm: NormSpec
    let head: LinearOp.Part
    let ropes: RopeTables
    /// Bytes of weights that stay in their file, as they would not have fit in memory.
    public let keptByteCount: Int

    init(
        description: DecoderDescription, embedding: PackedWeight, layers: [DecoderLayer], finalNorm: NormSpec,
        head: LinearOp.Part, ropes: RopeTables, keptByteCount: Int
    ) {
        self.description = description
        self.embedding = embedding
        self.layers = layers
        self.finalNorm = finalNorm
        self.head = head
        self.ropes = ropes
        self.keptByteCount = keptByteCount
    }

    /// Records the pass from tokens to logits: `rows` tokens in, the first `logitRows` rows of `activations.logits` out.
    public func forward(
        _ encoder: any Encoder, _ activations: Activations, _ caches: [KVCache], rows: Int, logitRows: Int
    ) throws(ZondaError) {
        let buffers = activations.prefix(rows: rows)
        try encoder.encode(
            .embed(EmbedOp(weight: embedding, scale: description.embeddingScale, output: buffers.residual)))
        for (layer, cache) in zip(layers, caches) {
            try layer.forward(encoder, buffers, cache)
        }
        guard logitRows > 0 else { return }
        try head(encoder, activations, rows: rows, logitRows: logitRows)
    }

    /// Records the end of the pass alone: logits of the rows that `StepInputs.logitRows` names.
    public func head(
        _ encoder: any Encoder, _ activations: Activations, rows: Int, logitRows: Int
    ) throws(ZondaError) {
        let gathered = try gather(encoder, activations, rows: rows, logitRows: logitRows)
        try encoder.encode(
            .linear(
                LinearOp(
                    input: gathered, norm: finalNorm, parts: [head], scale: description.logitScale,
                    softcap: description.logitSoftcap, output: activations.logits.prefix(rows: logitRows),
                    workspace: activations.headWorkspace.prefix(rows: logitRows))))
    }

    /// Records the end of the pass for embeddings: the final-normed hidden states of the rows that
    /// `StepInputs.logitRows` names, in `activations.gathered`.
    public func hiddenStates(
        _ encoder: any Encoder, _ activations: Activations, rows: Int, logitRows: Int
    ) throws(ZondaError) {
        let gathered = try gather(encoder, activations, rows: rows, logitRows: logitRows)
        try encoder.encode(.norm(NormOp(input: gathered, spec: finalNorm, output: gathered)))
    }

    private func gather(
        _ encoder: any Encoder, _ activations: Activations, rows: Int, logitRows: Int
    ) throws(ZondaError) -> Tensor {
        let gathered = activations.gathered.prefix(rows: logitRows)
        try encoder.encode(
            .gather(GatherOp(input: activations.residual.prefix(rows: rows), output: gathered)))
        return gathered
    }

    /// Which rope tables a sequence uses that may reach `length` tokens.
    public func ropeVariant(reaching length: Int) -> Int {
        description.layers.lazy.compactMap(\.attention.rope).map { $0.variant(reaching: length) }.max() ?? 0
    }

    /// Makes rope tables reach position `last`; call it before a step with positions up to there.
    public func prepare(upTo last: Int) throws(ZondaError) { try ropes.fill(upTo: last) }
}
