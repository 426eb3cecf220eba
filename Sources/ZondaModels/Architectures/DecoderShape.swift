import ZondaCore
import ZondaDevice

/// The sizes that every configuration states, and the kind of its norms.
struct DecoderShape: Sendable {
    var vocabularyCount: Int
    var hiddenSize: Int
    var layerCount: Int
    var heads: Int
    var kvHeads: Int
    var headSize: Int
    var intermediateSize: Int
    var maxSequenceLength: Int
    var normKind: NormSpec.Kind
    var epsilon: Float

    /// Layers are described before any tensor is looked for, so that a hostile count must be small enough to list.
    private static let maxLayerCount = 1_024

    init(_ facts: ModelFacts, norm: NormStyle = .rms) throws(ZondaError) {
        hiddenSize = try facts.width("hidden_size", "embedding_length")
        layerCount = try facts.size("num_hidden_layers", "block_count")
        heads = try facts.size("num_attention_heads", "attention.head_count")
        kvHeads = try facts.optionalSize("num_key_value_heads", "attention.head_count_kv") ?? heads
        headSize = try facts.optionalSize("head_dim", "attention.key_length") ?? hiddenSize / heads
        intermediateSize = try facts.width("intermediate_size", "feed_forward_length")
        maxSequenceLength = try facts.size("max_position_embeddings", "context_length")
        vocabularyCount = try facts.vocabularyCount()
        normKind = norm.kind
        guard let epsilon = try facts.optionalPositive(norm.hubKey, norm.ggufKey) else {
            throw facts.missing(norm.hubKey, norm.ggufKey)
        }
        self.epsilon = epsilon
        guard layerCount <= Self.maxLayerCount else {
            throw facts.bad(
                "num_hidden_layers", "block_count", value: "\(layerCount)", supported: "1 to \(Self.maxLayerCount)")
        }
        guard headSize > 0 else {
            throw facts.bad(
                "num_attention_heads", "attention.head_count", value: "\(heads)",
                supported: "at most the hidden size, \(hiddenSize)")
        }
        guard heads * headSize <= ModelFacts.maxWidth else {
            throw facts.bad(
                "head_dim", "attention.key_length", value: "\(headSize)",
                supported: "\(ModelFacts.maxWidth) values in all \(heads) heads together")
        }
        guard heads % kvHeads == 0 else {
            throw facts.bad(
                "num_key_value_heads", "attention.head_count_kv", value: "\(kvHeads)",
                supported: "a divisor of the \(heads) attention heads")
        }
    }

    /// A norm over the hidden size.
    func norm(_ name: String) -> NormDescription {
        var norm = NormDescription(name, size: hiddenSize, epsilon: epsilon)
        norm.kind = normKind
        norm.hasBias = normKind == .layer
        return norm
    }
}

/// Which norm a family uses, and the keys of its epsilon.
struct NormStyle: Sendable {
    var kind: NormSpec.Kind
    var hubKey: String
    var ggufKey: String

    static let rms = NormStyle(
        kind: .rms, hubKey: "rms_norm_eps", ggufKey: "attention.layer_norm_rms_epsilon")

    /// LayerNorm with a bias.
    static func layer(_ hubKey: String) -> NormStyle {
        NormStyle(kind: .layer, hubKey: hubKey, ggufKey: "attention.layer_norm_epsilon")
    }
}
