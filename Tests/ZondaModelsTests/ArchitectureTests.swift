import ModelSupport
import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaModels

/// How families read configurations: spellings, defaults, and values that nobody wrote code for.
@Suite struct ArchitectureTests {
    @Test func isSortedAndNamedOnce() throws {
        let names = Architecture.all.map(\.name)
        #expect(names == names.sorted())
        for keyPath in [\Architecture.hubNames, \Architecture.ggufNames] {
            let all = Architecture.all.flatMap { $0[keyPath: keyPath] }
            #expect(Set(all).count == all.count)
        }
        #expect(try Architecture.named("QWEN3").hubNames == ["Qwen3ForCausalLM"])
    }

    @Test func unknownArchitectureListsWhatThereIs() {
        expectError(.unsupported, "MambaForCausalLM", "gemma3", "starcoder2") {
            _ = try Architecture.named(hub: "MambaForCausalLM")
        }
        expectError(.unsupported, "mamba", "qwen3moe") { _ = try Architecture.named(gguf: "mamba") }
    }

    @Test func missingKeysTakeTheFamilysDefaults() throws {
        // What google/gemma-3-4b-it says of its text side, and nothing else.
        let gemma = try describe(
            [
                "architectures": .array(["Gemma3ForConditionalGeneration"]), "model_type": "gemma3",
                "text_config": .object([
                    "hidden_size": 2_560, "intermediate_size": 10_240, "model_type": "gemma3_text",
                    "num_hidden_layers": 34, "sliding_window": 1_024,
                    "rope_scaling": .object(["factor": 8.0, "rope_type": "linear"]),
                ]),
            ])
        let (local, global) = (gemma.layers[0].attention, gemma.layers[5].attention)
        #expect(local.heads == 8 && local.kvHeads == 4 && local.headSize == 256)
        #expect(gemma.vocabularyCount == 262_208 && gemma.isTied)
        #expect(local.window == 1_024 && global.window == nil)
        #expect(local.rope?.theta == 10_000 && local.rope?.scaling == RopeDescription.Scaling.none)
        #expect(global.rope?.theta == 1_000_000 && global.rope?.scaling == .linear(factor: 8))
        #expect(gemma.layers.filter { $0.attention.window == nil }.count == 5)

        let mistral = try describe(["architectures": .array(["MistralForCausalLM"])])
        #expect(mistral.windows == [4_096] && mistral.layers.count == 32)
        let unlimited = try describe(["architectures": .array(["MistralForCausalLM"]), "sliding_window": .null])
        #expect(unlimited.windows == [nil])
    }

    @Test func olderAndNewerKeysSayTheSame() throws {
        let old = try golden("qwen2_yarn")
        var members = try members("qwen2_yarn")
        members["rope_theta"] = nil
        members["rope_scaling"] = nil
        members["torch_dtype"] = nil
        members["use_sliding_window"] = nil
        members["dtype"] = "bfloat16"
        members["use_sliding_window"] = true
        members["max_window_layers"] = 28
        members["layer_types"] = .array(["full_attention", "sliding_attention"])
        members["rope_parameters"] = .object([
            "rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0, "original_max_position_embeddings": 64,
        ])
        let new = try describe(members)
        #expect(new.layers.map(\.attention.rope) == old.layers.map(\.attention.rope))
        #expect(new.windows == old.windows && new.windows == [nil, 9])
    }

    @Test func ropeOfEachKindOfLayerInTheNewerKeys() throws {
        var members = try members("gemma3")
        for key in ["rope_theta", "rope_scaling", "rope_local_base_freq"] { members[key] = nil }
        members["rope_parameters"] = .object([
            "full_attention": .object(["rope_type": "linear", "factor": 8.0, "rope_theta": 100_000.0]),
            "sliding_attention": .object(["rope_type": "default", "rope_theta": 1_000.0]),
        ])
        let (new, old) = (try describe(members), try golden("gemma3"))
        #expect(new.layers.map(\.attention.rope) == old.layers.map(\.attention.rope))
    }

    @Test(
        arguments: [
            ("llama", "hidden_act", JSONValue.string("mish"), ["hidden_act", "mish", "silu"]),
            ("llama", "num_key_value_heads", 3, ["num_key_value_heads", "3", "divisor of the 4"]),
            ("llama", "num_hidden_layers", 0, ["num_hidden_layers", "0", "1 to"]),
            ("llama", "num_hidden_layers", 2_000_000, ["num_hidden_layers", "2000000", "1024"]),
            ("llama", "num_attention_heads", 1_000, ["num_attention_heads", "1000", "at most the hidden size, 64"]),
            ("llama", "rope_scaling", .object(["type": "dynamic", "factor": 2.0]), ["dynamic", "yarn"]),
            ("llama", "rope_theta", -1.0, ["rope_theta", "-1", "positive"]),
            ("llama", "hidden_size", "64", ["hidden_size", "64", "an integer"]),
            ("phi2", "qk_layernorm", true, ["qk_layernorm", "true"]),
            ("phi2", "partial_rotary_factor", 0.2, ["partial_rotary_factor", "0.2", "even"]),
            ("phi3_longrope_long", "sliding_window", 0, ["sliding_window", "0"]),
            ("qwen2_yarn", "layer_types", .array(["full_attention"]), ["layer_types", "1 entries", "2 layers"]),
            ("qwen2_yarn", "layer_types", .array(["full_attention", "chunked_attention"]), ["chunked_attention"]),
            ("qwen3moe", "num_experts_per_tok", 5, ["num_experts_per_tok", "5", "4 experts"]),
            ("qwen3moe", "num_experts", 1_000_000, ["num_experts", "1000000"]),
            ("gemma3", "use_bidirectional_attention", true, ["use_bidirectional_attention", "true"]),
            ("smollm3", "no_rope_layers", .array([1]), ["no_rope_layers", "1 entries", "3 layers"]),
            ("granite", "logits_scaling", 0.0, ["logits_scaling", "0", "positive"]),
        ] as [(String, String, JSONValue, [String])])
    func badValuesAreNamed(_ model: String, _ key: String, _ value: JSONValue, _ words: [String]) throws {
        var members = try members(model)
        members[key] = value
        do {
            _ = try describe(members)
            Issue.record("\(key) \(value) was taken")
        } catch let error as ZondaError {
            #expect(error.code == .badConfiguration)
            for word in words { #expect("\(error)".contains(word), "\(error) does not mention \(word)") }
        }
    }

    /// The reason to describe architectures by their differences.
    @Test func familiesAreShort() throws {
        let folder = "\(Golden.root)/Sources/ZondaModels/Architectures"
        for family in ["Gemma", "Gemma2", "Gemma3", "Granite", "Llama", "Mistral", "Mixtral", "OLMo2", "Phi2", "Phi3"]
            + ["Qwen2", "Qwen3", "Qwen3MoE", "SmolLM3", "StarCoder2"]
        {
            let file = try MappedFile("\(folder)/\(family).swift")
            let bytes = try file.bytes()
            let lineCount = (0..<bytes.byteCount).count { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 10 }
            #expect((1...(family == "Qwen3" ? 60 : 120)).contains(lineCount), "\(family): \(lineCount) lines")
        }
    }

    private func members(_ model: String) throws -> OrderedDictionary<String, JSONValue> {
        try ConfigurationReader(path: Golden.path("models/\(model)/config.json")).members
    }

    private func golden(_ model: String) throws -> DecoderDescription { try describe(try members(model)) }

    /// Described with the tensors of a model that has none of the names.
    private func describe(_ members: OrderedDictionary<String, JSONValue>) throws -> DecoderDescription {
        let checkpoint = Checkpoint(try SafetensorsModel(path: Golden.path("ggml_types.safetensors")))
        return try GoldenModel.describe(ConfigurationReader(members, name: "config.json"), checkpoint)
    }
}
