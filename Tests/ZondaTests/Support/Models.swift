import TestSupport
import Zonda

/// The models of these tests. The tiny ones of `Tests/Golden` have no text; tests send tokens.
enum Models {
    static func tiny(_ name: String = "llama") -> Which { .plain(modelID: Golden.path("models/\(name)")) }

    /// One of the same models as GGUF, with a tokenizer and no chat template.
    static func gguf(_ name: String = "llama") -> Which { .plain(modelID: Golden.path("gguf/\(name).gguf")) }

    /// Two layers with rows long enough for every kind of block, and random weights of `type`.
    static func synthetic(_ type: String, in folder: TemporaryFolder) throws -> Which {
        let path = try folder.write(
            "config.json",
            """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": 256, "intermediate_size": 512, "vocab_size": 320,
             "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
             "hidden_act": "silu", "max_position_embeddings": 2048, "rope_theta": 10000.0, "model_type": "llama",
             "tie_word_embeddings": false}
            """)
        return try .synthetic(configuration: path, type: type)
    }

}

extension RunnerOptions {
    /// Options with some changes: `RunnerOptions { $0.threads = 2 }`.
    init(_ change: (inout RunnerOptions) -> Void) {
        self.init()
        threads = 1
        change(&self)
    }
}
