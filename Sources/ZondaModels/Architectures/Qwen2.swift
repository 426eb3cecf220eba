import ZondaCore

extension Architecture {
    /// Qwen2 and Qwen2.5 (Yang et al. 2024): Llama with biases on q, k and v.
    public static let qwen2 = Architecture("qwen2", hub: ["Qwen2ForCausalLM"], gguf: ["qwen2"]) {
        (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts, attentionBias: true)
        try decoder.applyMaxWindowLayers(facts)
        return decoder
    }
}

extension DecoderDescription {
    /// Qwen's `use_sliding_window`: layers from `max_window_layers` on see `sliding_window` tokens.
    mutating func applyMaxWindowLayers(_ facts: ModelFacts) throws(ZondaError) {
        guard try facts.optionalBool("use_sliding_window") ?? false,
            let window = try facts.optionalInt("sliding_window", nil)
        else { return }
        let first = try facts.optionalInt("max_window_layers", nil) ?? layers.count
        for index in layers.indices where index >= first { layers[index].attention.window = window }
    }
}
