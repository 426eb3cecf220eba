import ZondaCore
import ZondaFormats

extension Architecture {
    /// Mistral 7B and Nemo (Jiang et al. 2023): Llama with a sliding window in every layer, and a head size of its own.
    ///
    /// GGUF calls it `llama` and has no key for its window.
    public static let mistral = Architecture(
        "mistral", hub: ["MistralForCausalLM"],
        defaults: [
            "vocab_size": 32_000, "hidden_size": 4_096, "intermediate_size": 14_336, "num_hidden_layers": 32,
            "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_act": "silu",
            "max_position_embeddings": 131_072, "rms_norm_eps": 1e-6, "sliding_window": 4_096,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts)
        try decoder.applyWindow(try facts.optionalSize("sliding_window", nil), facts) { _ in true }
        return decoder
    }
}
