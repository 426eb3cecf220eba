import ZondaCore
import ZondaDevice
import ZondaFormats

extension Architecture {
    /// Granite 3 (IBM 2024): Llama with constants on embeddings, scores, branches and logits.
    public static let granite = Architecture(
        "granite", hub: ["GraniteForCausalLM"], gguf: ["granite"],
        defaults: [
            "vocab_size": 32_000, "hidden_size": 4_096, "intermediate_size": 11_008, "num_hidden_layers": 32,
            "num_attention_heads": 32, "hidden_act": "silu", "max_position_embeddings": 2_048, "rms_norm_eps": 1e-6,
            "embedding_multiplier": 1, "logits_scaling": 1, "residual_multiplier": 1, "attention_multiplier": 1,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts, ggufRope: .interleaved)
        decoder.embeddingScale = try facts.optionalPositive("embedding_multiplier", "embedding_scale") ?? 1
        decoder.logitScale = 1 / (try facts.optionalPositive("logits_scaling", "logit_scale") ?? 1)
        let residualScale = try facts.optionalPositive("residual_multiplier", "residual_scale") ?? 1
        let scale = try facts.optionalPositive("attention_multiplier", "attention.scale")
        try decoder.updateLayers { (layer, _) throws(ZondaError) in
            layer.residualScale = residualScale
            if let scale { layer.attention.scale = scale }
        }
        return decoder
    }
}
