import ZondaCore
import ZondaFormats

extension Architecture {
    /// Phi-3, Phi-3.5 and Phi-4 (Abdin et al. 2024): Llama with q, k and v in one tensor, gate and up in another, and
    /// rope divisors for long contexts (Ding et al. 2024).
    public static let phi3 = Architecture(
        "phi3", hub: ["Phi3ForCausalLM"], gguf: ["phi3"],
        defaults: [
            "vocab_size": 32_064, "hidden_size": 3_072, "intermediate_size": 8_192, "num_hidden_layers": 32,
            "num_attention_heads": 32, "hidden_act": "silu", "max_position_embeddings": 4_096,
            "original_max_position_embeddings": 4_096, "rms_norm_eps": 1e-5,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts)
        try decoder.updateLayers { (layer, path) throws(ZondaError) in
            layer.attention.fuse("\(path).self_attn.qkv_proj")
            layer.feedForward.fuse("\(path).mlp.gate_up_proj")
        }
        let window = try facts.optionalSize("sliding_window", "attention.sliding_window")
        try decoder.applyWindow(window, facts) { _ in true }
        return decoder
    }
}
