import ZondaCore
import ZondaFormats

extension Architecture {
    /// Mixtral (Jiang et al. 2024): Mistral with a mixture of experts in every layer.
    ///
    /// GGUF calls it `llama`.
    public static let mixtral = Architecture(
        "mixtral", hub: ["MixtralForCausalLM"],
        defaults: [
            "vocab_size": 32_000, "hidden_size": 4_096, "intermediate_size": 14_336, "num_hidden_layers": 32,
            "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_act": "silu",
            "max_position_embeddings": 131_072, "rms_norm_eps": 1e-5, "num_local_experts": 8,
            "num_experts_per_tok": 2,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts)
        try decoder.addMixtralExperts(facts)
        try decoder.applyWindow(try facts.optionalSize("sliding_window", nil), facts) { _ in true }
        return decoder
    }
}

extension DecoderDescription {
    /// `block_sparse_moe` in place of every layer's feed-forward part; the chosen experts' weights sum to one.
    mutating func addMixtralExperts(_ facts: ModelFacts) throws(ZondaError) {
        let shape = try DecoderShape(facts)
        try updateLayers { (layer, path) throws(ZondaError) in
            layer.feedForward = .experts(
                try .init(
                    facts, shape, path: "\(path).block_sparse_moe", names: ("w1", "w3", "w2"), renormalizes: true,
                    activation: layer.feedForward.activation))
        }
    }
}
