import ZondaCore
import ZondaDevice
import ZondaFormats

extension Architecture {
    /// Gemma 3, its text side (Gemma Team 2025): Gemma 2 with norms over each head of queries and keys instead of caps;
    /// five layers with a window to one without, each kind with a rope of its own.
    public static let gemma3 = Architecture(
        "gemma3", hub: ["Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"], gguf: ["gemma3"],
        ggufExceptions: ["post_attention_layernorm": "post_attention_norm"],
        defaults: [
            "vocab_size": 262_208, "hidden_size": 2_304, "intermediate_size": 9_216, "num_hidden_layers": 26,
            "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
            "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 131_072, "rms_norm_eps": 1e-6,
            "query_pre_attn_scalar": 256, "sliding_window": 4_096, "sliding_window_pattern": 6,
            "rope_theta": 1_000_000, "rope_local_base_freq": 10_000, "tie_word_embeddings": true,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(gemma2: facts, largestLayerCount: 62)
        try decoder.addHeadNorms()
        decoder.offsetNorms(facts)
        let pattern =
            try facts.optionalSize("sliding_window_pattern", "attention.sliding_window_pattern") ?? 6
        try decoder.applyWindow(try facts.optionalSize("sliding_window", "attention.sliding_window"), facts) {
            ($0 + 1) % pattern != 0
        }
        try decoder.addLocalRope(facts)
        return decoder
    }
}

extension DecoderDescription {
    /// Layers with a window turn faster, and unscaled.
    fileprivate mutating func addLocalRope(_ facts: ModelFacts) throws(ZondaError) {
        for index in layers.indices {
            let isLocal = layers[index].attention.window != nil
            layers[index].attention.rope = try RopeDescription(
                facts, headSize: layers[index].attention.headSize, style: .halves,
                kind: isLocal ? .gemmaLocal : .gemmaGlobal)
        }
    }
}

extension RopeDescription.Kind {
    fileprivate static let gemmaGlobal = RopeDescription.Kind(entry: "full_attention")
    fileprivate static let gemmaLocal = RopeDescription.Kind(
        entry: "sliding_attention", thetaKey: "rope_local_base_freq", ggufThetaKey: "rope.freq_base_swa",
        isScaled: false)
}
