import ZondaCore
import ZondaDevice
import ZondaFormats

extension Architecture {
    /// Phi-1, Phi-1.5 and Phi-2 (Li et al. 2023): LayerNorm, attention and a plain feed-forward part side by side on the
    /// same normed input, rotation of a part of each head, biases everywhere.
    public static let phi2 = Architecture(
        "phi2", hub: ["PhiForCausalLM"], gguf: ["phi2"],
        defaults: [
            "vocab_size": 51_200, "hidden_size": 2_048, "intermediate_size": 8_192, "num_hidden_layers": 24,
            "num_attention_heads": 32, "hidden_act": "gelu_new", "max_position_embeddings": 2_048,
            "layer_norm_eps": 1e-5, "partial_rotary_factor": 0.5,
        ]
    ) { (facts) throws(ZondaError) in
        try facts.expect("qk_layernorm", false)
        var decoder = try DecoderDescription(
            llama: facts, norm: .layer("layer_norm_eps"), attentionBias: true, activation: ("hidden_act", .geluTanh))
        decoder.finalNorm.name = "model.final_layernorm"
        decoder.head.hasBias = true
        // The first converters kept q, k and v in one tensor.
        let isFused = facts.isGGUF && facts.contains("model.layers.0.self_attn.qkv_proj.weight")
        try decoder.updateLayers { (layer, path) throws(ZondaError) in
            layer.isParallel = true
            layer.feedForwardNorm = layer.inputNorm
            layer.attention.output.name = "\(path).self_attn.dense"
            layer.attention.output.hasBias = true
            layer.feedForward = layer.feedForward.plain(up: "\(path).mlp.fc1", down: "\(path).mlp.fc2", hasBias: true)
            if isFused {
                layer.attention.hasInputBias = true
                layer.attention.fuse("\(path).self_attn.qkv_proj")
            }
        }
        return decoder
    }
}
