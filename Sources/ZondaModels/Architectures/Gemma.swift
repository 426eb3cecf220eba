import ZondaCore
import ZondaDevice
import ZondaFormats

extension Architecture {
    /// Gemma (Gemma Team 2024): Llama with norms that multiply by 1 + weight, embeddings times √hidden, and GELU.
    public static let gemma = Architecture(
        "gemma", hub: ["GemmaForCausalLM"], gguf: ["gemma"],
        defaults: [
            "vocab_size": 256_000, "hidden_size": 3_072, "intermediate_size": 24_576, "num_hidden_layers": 28,
            "num_attention_heads": 16, "num_key_value_heads": 16, "head_dim": 256, "hidden_act": "gelu_pytorch_tanh",
            "max_position_embeddings": 8_192, "rms_norm_eps": 1e-6, "tie_word_embeddings": true,
        ]
    ) { (facts) throws(ZondaError) in
        var decoder = try DecoderDescription(llama: facts, activation: ("hidden_act", .geluTanh))
        // The first configurations say "gelu" and mean the tanh form.
        for index in decoder.layers.indices where decoder.layers[index].feedForward.activation == .gelu {
            decoder.layers[index].feedForward.activation = .geluTanh
        }
        decoder.scaleEmbeddings()
        decoder.offsetNorms(facts)
        return decoder
    }
}

extension DecoderDescription {
    /// Embeddings times the square root of the hidden size.
    mutating func scaleEmbeddings() { embeddingScale = Float(hiddenSize).squareRoot() }

    /// Every norm multiplies by 1 + weight. GGUF's converter has added the one already.
    mutating func offsetNorms(_ facts: ModelFacts) {
        guard !facts.isGGUF else { return }
        finalNorm.weightOffset = 1
        for index in layers.indices {
            layers[index].inputNorm?.weightOffset = 1
            layers[index].postAttentionNorm?.weightOffset = 1
            layers[index].feedForwardNorm?.weightOffset = 1
            layers[index].postFeedForwardNorm?.weightOffset = 1
            layers[index].attention.queryNorm?.weightOffset = 1
            layers[index].attention.keyNorm?.weightOffset = 1
        }
    }
}
