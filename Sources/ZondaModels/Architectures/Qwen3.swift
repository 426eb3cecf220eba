import ZondaCore

extension Architecture {
    /// Qwen3 (Yang et al. 2025): Llama with RMSNorm over each head of queries and keys.
    public static let qwen3 = Architecture("qwen3", hub: ["Qwen3ForCausalLM"], gguf: ["qwen3"]) {
        (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts)
        try decoder.addHeadNorms()
        try decoder.applyMaxWindowLayers(facts)
        return decoder
    }
}

extension DecoderDescription {
    /// RMSNorm over each head of queries and keys, before they turn.
    mutating func addHeadNorms() throws(ZondaError) {
        let epsilon = finalNorm.epsilon
        try updateLayers { (layer, path) throws(ZondaError) in
            let size = layer.attention.headSize
            layer.attention.queryNorm = NormDescription("\(path).self_attn.q_norm", size: size, epsilon: epsilon)
            layer.attention.keyNorm = NormDescription("\(path).self_attn.k_norm", size: size, epsilon: epsilon)
        }
    }
}
