import ZondaCore

/// The sizes that every configuration states.
struct DecoderShape: Sendable {
    var vocabularyCount: Int
    var hiddenSize: Int
    var layerCount: Int
    var heads: Int
    var kvHeads: Int
    var headSize: Int
    var intermediateSize: Int
    var maxSequenceLength: Int
    var epsilon: Float

    init(_ facts: ModelFacts, epsilonKey: String = "rms_norm_eps", ggufEpsilon: String = "layer_norm_rms_epsilon")
        throws(ZondaError)
    {
        hiddenSize = try facts.size("hidden_size", "embedding_length")
        layerCount = try facts.size("num_hidden_layers", "block_count")
        heads = try facts.size("num_attention_heads", "attention.head_count")
        kvHeads = try facts.optionalSize("num_key_value_heads", "attention.head_count_kv") ?? heads
        headSize = try facts.optionalSize("head_dim", "attention.key_length") ?? hiddenSize / heads
        intermediateSize = try facts.size("intermediate_size", "feed_forward_length")
        maxSequenceLength = try facts.size("max_position_embeddings", "context_length")
        vocabularyCount = try facts.vocabularyCount()
        epsilon = Float(try facts.double(epsilonKey, "attention.\(ggufEpsilon)"))
        guard heads % kvHeads == 0 else {
            throw facts.bad(
                "num_key_value_heads", "attention.head_count_kv", value: "\(kvHeads)",
                supported: "a divisor of the \(heads) attention heads")
        }
    }

    /// An RMSNorm over the hidden size.
    func norm(_ name: String) -> NormDescription { NormDescription(name, size: hiddenSize, epsilon: epsilon) }
}
