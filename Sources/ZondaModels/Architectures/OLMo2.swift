import ZondaCore
import ZondaFormats

extension Architecture {
    /// OLMo 2 (OLMo Team 2024): Llama with norms behind the branches instead of before them, and RMSNorm over all queries
    /// and over all keys of a row.
    public static let olmo2 = Architecture(
        "olmo2", hub: ["Olmo2ForCausalLM"], gguf: ["olmo2"],
        ggufExceptions: ["post_attention_layernorm": "post_attention_norm"],
        defaults: [
            "vocab_size": 50_304, "hidden_size": 4_096, "intermediate_size": 11_008, "num_hidden_layers": 32,
            "num_attention_heads": 32, "hidden_act": "silu", "max_position_embeddings": 2_048, "rms_norm_eps": 1e-5,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts)
        let epsilon = decoder.finalNorm.epsilon
        try decoder.updateLayers { (layer, path) throws(ZondaError) in
            layer.inputNorm = nil
            layer.postAttentionNorm = layer.feedForwardNorm
            layer.feedForwardNorm = nil
            layer.postFeedForwardNorm = layer.postAttentionNorm
            layer.postFeedForwardNorm?.name = "\(path).post_feedforward_layernorm"
            let part = layer.attention
            layer.attention.queryNorm = NormDescription(
                "\(path).self_attn.q_norm", size: part.query.rows, epsilon: epsilon)
            layer.attention.keyNorm = NormDescription(
                "\(path).self_attn.k_norm", size: part.key.rows, epsilon: epsilon)
        }
        return decoder
    }
}
