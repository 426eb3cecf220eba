import ZondaCore
import ZondaDevice
import ZondaFormats

extension Architecture {
    /// StarCoder2 (Lozhkov et al. 2024): LayerNorm, a plain feed-forward part, biases everywhere, a sliding window.
    public static let starcoder2 = Architecture(
        "starcoder2", hub: ["Starcoder2ForCausalLM"], gguf: ["starcoder2"],
        defaults: [
            "vocab_size": 49_152, "hidden_size": 3_072, "intermediate_size": 12_288, "num_hidden_layers": 30,
            "num_attention_heads": 24, "num_key_value_heads": 2, "hidden_act": "gelu_pytorch_tanh",
            "max_position_embeddings": 4_096, "norm_epsilon": 1e-5, "use_bias": true, "tie_word_embeddings": true,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(
            llama: facts, norm: .layer("norm_epsilon"), activation: ("hidden_act", .geluTanh))
        let hasBias = try facts.hasBias("use_bias", tensor: "self_attn.q_proj.bias", default: true)
        try decoder.updateLayers { (layer, path) throws(ZondaError) in
            layer.attention.hasInputBias = hasBias
            layer.attention.output.hasBias = hasBias
            layer.feedForward = layer.feedForward.plain(
                up: "\(path).mlp.c_fc", down: "\(path).mlp.c_proj", hasBias: hasBias)
        }
        let window = try facts.optionalSize("sliding_window", "attention.sliding_window")
        try decoder.applyWindow(window, facts) { _ in true }
        return decoder
    }
}
