import ZondaCore
import ZondaDevice
import ZondaFormats

extension Architecture {
    /// SmolLM3 (Bakouch et al. 2025): Llama with layers without positions, by default every fourth (Yang et al. 2025,
    /// "RoPE to NoPE and back again").
    public static let smollm3 = Architecture(
        "smollm3", hub: ["SmolLM3ForCausalLM"], gguf: ["smollm3"],
        defaults: [
            "vocab_size": 128_256, "hidden_size": 2_048, "intermediate_size": 11_008, "num_hidden_layers": 36,
            "num_attention_heads": 16, "num_key_value_heads": 4, "hidden_act": "silu",
            "max_position_embeddings": 32_768, "rms_norm_eps": 1e-6, "rope_theta": 2_000_000,
            "tie_word_embeddings": true,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts, ggufRope: .interleaved)
        let turning = try facts.turningLayers(count: decoder.layers.count)
        for index in turning.indices where !turning[index] { decoder.layers[index].attention.rope = nil }
        if try facts.optionalBool("use_sliding_window") ?? false {
            try decoder.applyWindow(try facts.optionalSize("sliding_window", nil), facts) { !turning[$0] }
        }
        return decoder
    }
}

extension ModelFacts {
    /// `no_rope_layers`, which despite its name has a 1 for each layer with positions, or every layer but each
    /// `no_rope_layer_interval`-th. GGUF has no key for either: the fourth.
    fileprivate func turningLayers(count: Int) throws(ZondaError) -> [Bool] {
        let interval = try optionalSize("no_rope_layer_interval", nil) ?? 4
        guard let flags = try optionalInts("no_rope_layers") else {
            return (1...count).map { $0 % interval != 0 }
        }
        guard flags.count == count else {
            throw bad(
                "no_rope_layers", nil, value: "\(flags.count) entries", supported: "one for each of \(count) layers")
        }
        return flags.map { $0 != 0 }
    }
}
