import ZondaCore
import ZondaFormats

extension Architecture {
    /// Qwen3 with a mixture of experts (Yang et al. 2025) in all layers but those that the configuration names.
    public static let qwen3moe = Architecture(
        "qwen3moe", hub: ["Qwen3MoeForCausalLM"], gguf: ["qwen3moe"],
        defaults: [
            "vocab_size": 151_936, "hidden_size": 2_048, "intermediate_size": 6_144, "num_hidden_layers": 24,
            "num_attention_heads": 32, "num_key_value_heads": 4, "hidden_act": "silu",
            "max_position_embeddings": 32_768, "rms_norm_eps": 1e-6, "sliding_window": 4_096,
            "decoder_sparse_step": 1, "moe_intermediate_size": 768, "num_experts_per_tok": 8, "num_experts": 128,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts)
        try decoder.addHeadNorms()
        try decoder.addQwenExperts(facts)
        if try facts.optionalBool("use_sliding_window") ?? false {
            try decoder.applyWindow(try facts.optionalSize("sliding_window", nil), facts) { _ in true }
        }
        return decoder
    }
}

extension DecoderDescription {
    /// Experts in every `decoder_sparse_step`-th layer that is not one of `mlp_only_layers`.
    fileprivate mutating func addQwenExperts(_ facts: ModelFacts) throws(ZondaError) {
        guard try facts.expertCount() != nil else { return }
        var shape = try DecoderShape(facts)
        shape.intermediateSize = try facts.width("moe_intermediate_size", "expert_feed_forward_length")
        // GGUF has no key for the rest: there experts are everywhere, and their weights sum to one.
        let renormalizes = facts.isGGUF ? true : try facts.optionalBool("norm_topk_prob") ?? false
        let step = try facts.optionalSize("decoder_sparse_step", nil) ?? 1
        let plain = try facts.optionalInts("mlp_only_layers") ?? []
        for index in layers.indices where (index + 1) % step == 0 && !plain.contains(index) {
            layers[index].feedForward = .experts(
                try .init(
                    facts, shape, path: "model.layers.\(index).mlp", names: FeedForwardDescription.Gated.usualNames,
                    renormalizes: renormalizes, activation: layers[index].feedForward.activation))
        }
    }
}
