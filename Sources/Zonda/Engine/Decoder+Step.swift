import ZondaCore
import ZondaDevice
import ZondaModels

extension Decoder {
    /// Records the step that a key names, over buffers for the largest one.
    func record(
        _ key: StepKey, on encoder: any Encoder, _ activations: Activations, _ caches: [KVCache]
    ) throws(ZondaError) {
        let (rows, logitRows) = (key.rows, key.logitRows)
        switch key.phase {
        case .forward: try forward(encoder, activations, caches, rows: rows, logitRows: logitRows)
        case .head: try head(encoder, activations, rows: rows, logitRows: logitRows)
        case .hiddenStates: try hiddenStates(encoder, activations, rows: rows, logitRows: logitRows)
        case .sample: try encoder.encode(.sample(SampleOp(logits: activations.logits.prefix(rows: logitRows))))
        }
    }
}
