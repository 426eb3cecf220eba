import ZondaCore
import ZondaFormats

extension Architecture {
    /// Qwen3 (Yang et al. 2025): Llama with RMSNorm over each head of queries and keys.
    public static let qwen3 = Architecture(
        "qwen3", hub: ["Qwen3ForCausalLM"], gguf: ["qwen3"],
        defaults: [
            "vocab_size": 151_936, "hidden_size": 4_096, "intermediate_size": 22_016, "num_hidden_layers": 32,
            "num_attention_heads": 32, "num_key_value_heads": 32, "head_dim": 128, "hidden_act": "silu",
            "max_position_embeddings": 32_768, "rms_norm_eps": 1e-6, "sliding_window": 4_096, "max_window_layers": 28,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts)
        try decoder.addHeadNorms()
        try decoder.applyMaxWindowLayers(facts)
        return decoder
    }
}

extension DecoderDescription {
    /// RMSNorm over each head of queries and keys, before they turn.
    mutating func addHeadNorms() throws(ZondaError) {
        let epsilon = finalNorm.epsilon
        try updateLayers { (layer, path) throws(ZondaError) in
            let size = layer.attention.headSize
            layer.attention.queryNorm = NormDescription("\(path).self_attn.q_norm", size: size, epsilon: epsilon)
            layer.attention.keyNorm = NormDescription("\(path).self_attn.k_norm", size: size, epsilon: epsilon)
        }
    }
}
