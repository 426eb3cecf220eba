import ModelSupport
import OrderedCollections
import TestSupport
import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice
import ZondaFormats

@testable import ZondaModels

/// Names of tensors in files, and files that do not fit their configuration.
@Suite struct CheckpointTests {
    @Test(
        arguments: [
            ("language_model.model.", "language_model.", "vision_tower.x.weight"),
            ("model.language_model.", "", "model.multi_modal_projector.x.weight"),
            ("", "", nil),
        ] as [(String, String, String?)])
    func textSideOfOtherLayouts(_ model: String, _ root: String, _ other: String?) throws {
        let path = Golden.path("models/gemma3")
        let original = try #require(try GoldenModel("models/gemma3"))
        let folder = try TemporaryFolder()
        try rewrite(try SafetensorsModel(path: path), to: "\(folder.path)/model.safetensors", adding: other) { name in
            name.hasPrefix("model.") ? model + name.dropFirst("model.".count) : root + name
        }
        let checkpoint = Checkpoint(try SafetensorsModel(path: folder.path))
        let reader = try ConfigurationReader(path: "\(path)/config.json")
        let nested = ConfigurationReader(
            ["architectures": reader.value("architectures") ?? .null, "text_config": .object(reader.members)],
            name: "config.json")
        let description = try GoldenModel.describe(nested, checkpoint)
        let count = 4
        let harness = try DecoderHarness(
            description, checkpoint, on: ReferenceDevice(), kvType: .f32, compute: .float32, reach: count, rows: count)
        let logits = try harness.logits(Array(original.expected.inputs.prefix(count)))
        let worst = zip(logits, original.expected.logits).map { abs($0 - $1) }.max() ?? .infinity
        #expect(logits.count == count * description.vocabularyCount && worst <= 2e-4)
    }

    @Test func missingTensorIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = Golden.path("models/qwen2_yarn")
        try rewrite(try SafetensorsModel(path: path), to: "\(folder.path)/model.safetensors") { name in
            name == "model.layers.1.mlp.up_proj.weight" ? "model.layers.1.mlp.other.weight" : name
        }
        expectError(.badTensor, "model.layers.1.mlp.up_proj.weight", "missing") { try load(path, folder.path) }
    }

    @Test func unusedTensorsAreNamed() throws {
        let folder = try TemporaryFolder()
        let path = Golden.path("models/qwen2_yarn")
        let target = "\(folder.path)/model.safetensors"
        try rewrite(try SafetensorsModel(path: path), to: target, adding: "vision_tower.x.weight") { $0 }
        expectError(.badTensor, "1 tensors", "vision_tower.x.weight") { try load(path, folder.path) }
    }

    @Test func wrongShapeNamesBoth() throws {
        expectError(.badTensor, "embed_tokens", "[128, 64]", "[320, 64]") {
            try load(Golden.path("models/llama"), Golden.path("models/qwen2_yarn"))
        }
    }

    @Test(
        arguments: [
            ("model.embed_tokens.weight", "token_embd.weight", nil),
            ("lm_head.bias", "output.bias", nil),
            ("model.final_layernorm.bias", "output_norm.bias", nil),
            ("model.layers.12.self_attn.dense.bias", "blk.12.attn_output.bias", nil),
            ("model.layers.0.post_attention_layernorm.weight", "blk.0.post_attention_norm.weight", nil),
            ("model.layers.0.post_feedforward_layernorm.weight", "blk.0.post_ffw_norm.weight", nil),
            ("model.layers.3.mlp.experts.7.down_proj.weight", "blk.3.ffn_down_exps.weight", 7),
            ("model.layers.3.block_sparse_moe.experts.1.w3.weight", "blk.3.ffn_up_exps.weight", 1),
        ] as [(String, String, Int?)])
    func ggufNames(_ name: String, _ expected: String, _ matrix: Int?) {
        let names = GGUFNames(exceptions: Architecture.gemma2.ggufExceptions)
        #expect(names.place(of: name) == GGUFNames.Place(name: expected, matrix: matrix))
    }

    @Test func ggufHasNoNameForOthers() {
        let names = GGUFNames()
        for name in ["model.layers.x.mlp.up_proj.weight", "model.layers.1.mlp.other.weight", "weight", ""] {
            #expect(names.place(of: name) == nil)
        }
    }

    private func load(_ configuration: String, _ weights: String) throws {
        let checkpoint = Checkpoint(try SafetensorsModel(path: weights))
        let reader = try ConfigurationReader(path: "\(configuration)/config.json")
        _ = try DecoderLoader.load(
            try GoldenModel.describe(reader, checkpoint), from: checkpoint, on: ReferenceDevice(), maxSequenceLength: 8)
    }

    /// Copies a model under other names, and with one small tensor more.
    private func rewrite(
        _ model: SafetensorsModel, to path: String, adding other: String? = nil, names: (String) -> String
    ) throws {
        var declarations: [SafetensorsWriter.Declaration] = []
        for (name, tensor) in model.tensors {
            declarations.append(.init(names(name), try tensor.dtype, tensor.shape))
        }
        if let other { declarations.append(.init(other, .f32, [1])) }
        var writer = try SafetensorsWriter(path: path, tensors: declarations)
        for tensor in model.tensors.values { try writer.write(try tensor.bytes()) }
        if other != nil {
            let zero: [Float] = [0]
            try writer.write(zero.span.bytes)
        }
        try writer.finish()
    }
}
