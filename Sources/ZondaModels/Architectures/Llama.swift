import ZondaCore
import ZondaDevice
import ZondaFormats

extension Architecture {
    /// Llama 2, 3 and 3.1 (Touvron et al. 2023, Grattafiori et al. 2024) and models of the same shape: what the other
    /// families differ from.
    ///
    /// GGUF calls Mistral, Mixtral and SmolLM by this name too.
    public static let llama = Architecture(
        "llama", hub: ["LlamaForCausalLM"], gguf: ["llama"],
        defaults: [
            "vocab_size": 32_000, "hidden_size": 4_096, "intermediate_size": 11_008, "num_hidden_layers": 32,
            "num_attention_heads": 32, "hidden_act": "silu", "max_position_embeddings": 2_048, "rms_norm_eps": 1e-6,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts, ggufRope: .interleaved)
        if facts.isGGUF, try facts.expertCount() != nil { try decoder.addMixtralExperts(facts) }
        return decoder
    }
}

extension DecoderDescription {
    /// RMSNorm before each branch, rotary positions, grouped queries, a gated feed-forward part.
    ///
    /// - Parameters:
    ///   - norm: another kind of norm, under the same names.
    ///   - ggufRope: the pairs that turn together in GGUF files, whose converter reorders some families' rows.
    ///   - attentionBias: whether q, k and v have biases where the configuration does not say.
    ///   - activation: where config.json names it, and what it is in GGUF, which does not.
    init(
        llama facts: ModelFacts, norm: NormStyle = .rms, ggufRope: Rope.Style = .halves, attentionBias: Bool = false,
        activation: (key: String, gguf: Activation) = ("hidden_act", .silu)
    ) throws(ZondaError) {
        let shape = try DecoderShape(facts, norm: norm)
        let rope = try RopeDescription(facts, headSize: shape.headSize, style: facts.isGGUF ? ggufRope : .halves)
        let hasBias = try facts.hasBias("attention_bias", tensor: "self_attn.q_proj.bias", default: attentionBias)
        let hasOutputBias = try facts.hasBias("attention_bias", tensor: "self_attn.o_proj.bias", default: false)
        let hasFeedForwardBias = try facts.hasBias("mlp_bias", tensor: "mlp.up_proj.bias", default: false)
        let activation = try facts.activation(activation.key, gguf: activation.gguf)
        var layers: [LayerDescription] = []
        for index in 0..<shape.layerCount {
            let path = "model.layers.\(index)"
            let attention = AttentionDescription(
                shape, path: "\(path).self_attn", rope: rope, hasBias: hasBias,
                hasOutputBias: hasOutputBias && !attentionBias)
            layers.append(
                LayerDescription(
                    inputNorm: shape.norm("\(path).input_layernorm"), attention: attention,
                    feedForwardNorm: shape.norm("\(path).post_attention_layernorm"),
                    feedForward: .gated(
                        .init(
                            shape, path: "\(path).mlp", activation: activation, hasBias: hasFeedForwardBias))))
        }
        self.init(
            vocabularyCount: shape.vocabularyCount, hiddenSize: shape.hiddenSize,
            maxSequenceLength: shape.maxSequenceLength, embedding: "model.embed_tokens", layers: layers,
            finalNorm: shape.norm("model.norm"),
            head: LinearDescription(
                try facts.isTied() ? "model.embed_tokens" : "lm_head", rows: shape.vocabularyCount,
                columns: shape.hiddenSize))
        if isTied { ignoredSuffixes.append("lm_head.weight") }
    }

    /// Changes every layer alike; the closure gets the layer's path, `model.layers.3`.
    mutating func updateLayers(
        _ change: (inout LayerDescription, String) throws(ZondaError) -> Void
    ) throws(ZondaError) {
        for index in layers.indices { try change(&layers[index], "model.layers.\(index)") }
    }
}
