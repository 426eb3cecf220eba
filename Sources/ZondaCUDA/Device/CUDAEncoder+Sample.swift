import CZondaKernels
import ZondaCore
import ZondaDevice

extension CUDAEncoder {
    /// Three kernels over all rows that a step samples; which they are is in the step's inputs.
    func sample(_ op: SampleOp) throws(ZondaError) {
        // A plan counts what sampling takes by the vocabulary.
        guard let sampling else { return }
        guard let shape = samplingShape else {
            throw ZondaError(.internalFault, "an operation that samples outside of a sampling phase")
        }
        try sampling.prepare(vocabulary: op.logits.columns)
        let logits = try view(op.logits)
        for owner in sampling.owners { retain(owner) }
        sampledLogits = op.logits
        let arguments = sampling.arguments(
            logits: logits, rows: buffers.address(buffers.layout.samples), rowCount: buffers.address(of: .samples),
            alternativeStride: shape.alternatives ?? 0)
        let chunks = pieces(logits.columns, of: Int(zonda_sampling_chunk))
        for (kernel, blocks, shared) in [
            ("sample_scan", chunks, 128), ("sample_weigh", chunks, 3072),
            ("sample_draw", 1, Int(zonda_sampling_shared_bytes)),
        ] {
            launch(
                "sampling.cu", kernel, grid: .init(blocks, shape.rowCount, shape.viewCount), block: 256,
                shared: shared, arguments)
        }
    }

    /// The step's tokens with the last samples in their places, which a kernel puts there.
    func resolvedTokens(rows: Int) -> UInt64 {
        let layout = buffers.layout
        let tokens = buffers.address(layout.resolvedTokens)
        for owner in sampling?.owners ?? [] { retain(owner) }
        let arguments = zonda_resolve_arguments(
            given: buffers.address(layout.tokens), slots: buffers.address(layout.slots),
            last_samples: sampling?.lastSamples ?? 0, tokens: tokens, rows: Int32(rows))
        launch("row_copies.cu", "resolve_tokens", grid: .init(pieces(rows, of: 256)), block: 256, arguments)
        return tokens
    }
}
