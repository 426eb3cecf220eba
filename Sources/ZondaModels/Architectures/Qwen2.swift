import ZondaCore
import ZondaFormats

extension Architecture {
    /// Qwen2 and Qwen2.5 (Yang et al. 2024): Llama with biases on q, k and v.
    public static let qwen2 = Architecture(
        "qwen2", hub: ["Qwen2ForCausalLM"], gguf: ["qwen2"],
        defaults: [
            "vocab_size": 151_936, "hidden_size": 4_096, "intermediate_size": 22_016, "num_hidden_layers": 32,
            "num_attention_heads": 32, "num_key_value_heads": 32, "hidden_act": "silu",
            "max_position_embeddings": 32_768, "rms_norm_eps": 1e-6, "sliding_window": 4_096, "max_window_layers": 28,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts, attentionBias: true)
        try decoder.applyMaxWindowLayers(facts)
        return decoder
    }
}
