import ZondaCore
import ZondaDevice
import ZondaFormats

extension Architecture {
    /// Gemma 2 (Gemma Team 2024): Gemma with norms behind both branches too, capped scores and logits, and a window in
    /// every other layer.
    public static let gemma2 = Architecture(
        "gemma2", hub: ["Gemma2ForCausalLM"], gguf: ["gemma2"],
        ggufExceptions: ["post_attention_layernorm": "post_attention_norm"],
        defaults: [
            "vocab_size": 256_000, "hidden_size": 2_304, "intermediate_size": 9_216, "num_hidden_layers": 26,
            "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
            "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 8_192, "rms_norm_eps": 1e-6,
            "query_pre_attn_scalar": 256, "sliding_window": 4_096, "final_logit_softcapping": 30,
            "attn_logit_softcapping": 50, "tie_word_embeddings": true,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(gemma2: facts, largestLayerCount: 46)
        try decoder.applyWindow(try facts.optionalSize("sliding_window", "attention.sliding_window"), facts) {
            $0 % 2 == 0
        }
        return decoder
    }
}

extension DecoderDescription {
    /// What Gemma 2 and 3 share.
    ///
    /// - Parameter largestLayerCount: the layers of the family's 27B model. GGUF has no key for the scale of scores; that
    ///   model alone takes hidden / heads where the others take the head size.
    init(gemma2 facts: ModelFacts, largestLayerCount: Int) throws(ZondaError) {
        try facts.expect("use_bidirectional_attention", false)
        try self.init(llama: facts, activation: ("hidden_activation", .geluTanh))
        scaleEmbeddings()
        logitSoftcap = try facts.optionalPositive("final_logit_softcapping", "final_logit_softcapping")
        let softcap = try facts.optionalPositive("attn_logit_softcapping", "attn_logit_softcapping")
        let scalar = try facts.optionalPositive("query_pre_attn_scalar", nil)
        let isLargest = facts.isGGUF && layers.count == largestLayerCount
        let hiddenSize = hiddenSize
        try updateLayers { (layer, path) throws(ZondaError) in
            layer.postAttentionNorm = layer.feedForwardNorm
            layer.feedForwardNorm?.name = "\(path).pre_feedforward_layernorm"
            layer.postFeedForwardNorm = layer.feedForwardNorm
            layer.postFeedForwardNorm?.name = "\(path).post_feedforward_layernorm"
            layer.attention.softcap = softcap
            if isLargest {
                layer.attention.scale = 1 / Float(hiddenSize / layer.attention.heads).squareRoot()
            } else if let scalar {
                layer.attention.scale = 1 / scalar.squareRoot()
            }
        }
        offsetNorms(facts)
    }
}
