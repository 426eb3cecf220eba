extension DecoderDescription {
    /// Every matrix, in the order in which it is loaded; a tied head is the embedding and comes once.
    var matrices: [LinearDescription] {
        var matrices = [embeddingMatrix]
        for layer in layers {
            let part = layer.attention
            matrices += [part.query, part.key, part.value, part.output] + layer.feedForward.matrices
        }
        if !isTied { matrices.append(head) }
        return matrices
    }

    var embeddingMatrix: LinearDescription {
        LinearDescription(embedding, rows: vocabularyCount, columns: hiddenSize)
    }

    /// Values of all matrices.
    public var parameterCount: Int { matrices.reduce(0) { $0 + $1.rows * $1.columns } }
}
