import ZondaCore
import ZondaDevice

extension Architecture {
    /// Llama 2, 3 and 3.1 (Touvron et al. 2023, Grattafiori et al. 2024) and models of the same shape: what the other
    /// families differ from.
    ///
    /// GGUF calls Mistral, Mixtral and SmolLM by this name too.
    public static let llama = Architecture("llama", hub: ["LlamaForCausalLM"], gguf: ["llama"]) {
        (facts) throws(ZondaError) in
        try DecoderDescription(llama: facts, ggufRope: .interleaved)
    }
}

extension DecoderDescription {
    /// RMSNorm before each branch, rotary positions, grouped queries, a gated feed-forward part.
    ///
    /// - Parameters:
    ///   - ggufRope: the pairs that turn together in GGUF files, whose converter reorders some families' rows.
    ///   - attentionBias: whether q, k and v have biases where the configuration does not say.
    init(
        llama facts: ModelFacts, ggufRope: Rope.Style = .halves, attentionBias: Bool = false
    ) throws(ZondaError) {
        let shape = try DecoderShape(facts)
        let rope = try RopeDescription(facts, headSize: shape.headSize, style: facts.isGGUF ? ggufRope : .halves)
        let hasBias = try facts.hasBias("attention_bias", tensor: "self_attn.q_proj.bias", default: attentionBias)
        let hasOutputBias = try facts.hasBias("attention_bias", tensor: "self_attn.o_proj.bias", default: false)
        let hasFeedForwardBias = try facts.hasBias("mlp_bias", tensor: "mlp.up_proj.bias", default: false)
        let activation = try facts.activation()
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

extension AttentionDescription {
    /// `q_proj`, `k_proj`, `v_proj` and `o_proj` under `path`.
    init(
        _ shape: DecoderShape, path: String, rope: RopeDescription?, hasBias: Bool = false, hasOutputBias: Bool = false
    ) {
        let (width, kvWidth) = (shape.heads * shape.headSize, shape.kvHeads * shape.headSize)
        let hidden = shape.hiddenSize
        self.init(
            heads: shape.heads, kvHeads: shape.kvHeads, headSize: shape.headSize,
            query: LinearDescription("\(path).q_proj", rows: width, columns: hidden, hasBias: hasBias),
            key: LinearDescription("\(path).k_proj", rows: kvWidth, columns: hidden, hasBias: hasBias),
            value: LinearDescription("\(path).v_proj", rows: kvWidth, columns: hidden, hasBias: hasBias),
            output: LinearDescription("\(path).o_proj", rows: hidden, columns: width, hasBias: hasOutputBias),
            rope: rope)
    }
}

extension FeedForwardDescription.Gated {
    /// `gate_proj`, `up_proj` and `down_proj` under `path`.
    init(_ shape: DecoderShape, path: String, activation: Activation, hasBias: Bool = false) {
        let (inner, hidden) = (shape.intermediateSize, shape.hiddenSize)
        self.init(
            gate: LinearDescription("\(path).gate_proj", rows: inner, columns: hidden, hasBias: hasBias),
            up: LinearDescription("\(path).up_proj", rows: inner, columns: hidden, hasBias: hasBias),
            down: LinearDescription("\(path).down_proj", rows: hidden, columns: inner, hasBias: hasBias),
            activation: activation)
    }
}
