import Foundation
import TestSupport
import Testing
import Zonda

/// Files that can't be served are refused with a `ZondaError` that says which value is wrong.
struct LoadingTests {
    private func refuses(
        _ code: ZondaError.Code, _ words: [String], _ which: Which, options: RunnerOptions = RunnerOptions { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let thrown = await #expect(throws: ZondaError.self) { _ = try await Runner(which: which, options: options) }
        let error = try #require(thrown, sourceLocation: sourceLocation)
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        for word in words {
            #expect("\(error)".contains(word), "\(error) lacks \(word)", sourceLocation: sourceLocation)
        }
    }

    @Test func whatIsNotThere() async throws {
        try await refuses(.notFound, ["/nowhere/at-all"], .plain(modelID: "/nowhere/at-all"))
        try await refuses(
            .notFound, ["nobody/nothing", "cache", "zonda pull"], .plain(modelID: "nobody/nothing"),
            options: RunnerOptions { $0.downloads = false })
        let folder = Golden.path("gguf")
        try await refuses(
            .notFound, ["missing.gguf"], .gguf(quantizedModelID: folder, quantizedFilename: "missing.gguf"))
        let config = try DamagedModel(without: "config.json")
        try await refuses(.notFound, ["config.json"], .plain(modelID: config.path))
        let weights = try DamagedModel(without: "model.safetensors")
        try await refuses(.notFound, ["model.safetensors"], .plain(modelID: weights.path))
        let shard = try DamagedModel("qwen2", without: "model-00002-of-00003.safetensors")
        try await refuses(.notFound, ["model-00002-of-00003.safetensors"], .plain(modelID: shard.path))
    }

    @Test func truncatedFiles() async throws {
        for keep in [0, 3, 24, 1000, 20000, 100_000] {
            let gguf = try DamagedModel(gguf: "llama") { $0.removeSubrange(keep...) }
            try await refuses(.badFile, [gguf.path], .plain(modelID: gguf.path))
            let folder = try DamagedModel()
            try truncate("\(folder.path)/model.safetensors", to: UInt64(keep))
            try await refuses(.badFile, [folder.path], .plain(modelID: folder.path))
        }
        let config = try DamagedModel()
        try truncate("\(config.path)/config.json", to: 100)
        try await refuses(.badFile, ["config.json"], .plain(modelID: config.path))
    }

    @Test func tensors() async throws {
        let missing = try DamagedModel(weights: ["\"model.norm.weight": "\"model.nrom.weight"])
        try await refuses(.badTensor, ["model.norm.weight"], .plain(modelID: missing.path))
        let unused = try DamagedModel(config: ["\"num_hidden_layers\": 3": "\"num_hidden_layers\": 2"])
        try await refuses(.badTensor, ["model.layers.2."], .plain(modelID: unused.path))
        let shape = try DamagedModel(config: ["\"intermediate_size\": 192": "\"intermediate_size\": 200"])
        try await refuses(.badTensor, ["192", "200", "mlp"], .plain(modelID: shape.path))
        let transposed = try DamagedModel(weights: ["[64,192]": "[192,64]"])
        try await refuses(.badTensor, ["down_proj", "[192, 64]", "[64, 192]"], .plain(modelID: transposed.path))
        let type = try DamagedModel(weights: ["\"BF16\"": "\"U16\" "])
        try await refuses(.unsupported, ["U16"], .plain(modelID: type.path))
    }

    @Test func configurations() async throws {
        let family = try DamagedModel(config: ["LlamaForCausalLM": "PenguinForCausalLM"])
        let families = Architecture.all.map(\.name).joined(separator: ", ")
        try await refuses(.unsupported, ["PenguinForCausalLM", families], .plain(modelID: family.path))
        let activation = try DamagedModel(config: ["\"silu\"": "\"swish9\""])
        try await refuses(.badConfiguration, ["hidden_act", "swish9", "silu"], .plain(modelID: activation.path))
        for (old, new) in [
            ("\"hidden_size\": 64", "\"hidden_size\": -64"), ("\"hidden_size\": 64", "\"hidden_size\": 0"),
            ("\"hidden_size\": 64", "\"hidden_size\": \"64\""),
            ("\"num_attention_heads\": 4", "\"num_attention_heads\": 0"),
            ("\"num_attention_heads\": 4", "\"num_attention_heads\": 3"),
            ("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3"),
            ("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 9223372036854775807"),
            ("\"vocab_size\": 320", "\"vocab_size\": 4611686018427387904"),
            ("\"intermediate_size\": 192", "\"intermediate_size\": 9223372036854775807"),
            ("\"max_position_embeddings\": 2048", "\"max_position_embeddings\": -1"),
            ("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": -1"),
            ("\"rope_theta\": 10000.0", "\"rope_theta\": 0"),
            ("\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"spiral\"}"),
        ] {
            let model = try DamagedModel(config: [old: new])
            let error = await #expect(throws: ZondaError.self) {
                _ = try await Runner(which: .plain(modelID: model.path))
            }
            let codes: [ZondaError.Code] = [.badConfiguration, .badTensor, .unsupported]
            let code = try #require(error?.code, "\(new): \(String(describing: error))")
            #expect(codes.contains(code), "\(new): \(String(describing: error))")
        }
    }

    @Test func sizes() async throws {
        let tiny = Models.tiny().withMaxSeqLen(1024)
        try await refuses(.outOfMemory, ["1024", "40960"], tiny, options: RunnerOptions { $0.kvByteCount = 40960 })
        try await refuses(.outOfMemory, [], tiny, options: RunnerOptions { $0.kvByteCount = 0 })
        try await refuses(.badConfiguration, ["-1"], tiny, options: RunnerOptions { $0.kvByteCount = -1 })
        try await refuses(.badRequest, ["max_seq_len", "0"], Models.tiny().withMaxSeqLen(0))
        try await refuses(.badRequest, ["max_seq_len"], Models.tiny().withMaxSeqLen(.max))
        try await refuses(.badRequest, ["max_batch_size", "-1"], Models.tiny().withMaxBatchSize(-1))
        try await refuses(.badRequest, ["max_batch_size"], Models.tiny().withMaxBatchSize(.max))
        try await refuses(.badRequest, ["tokens per step"], tiny, options: RunnerOptions { $0.maxTokensPerStep = 0 })
        try await refuses(.badRequest, ["thread", "0"], tiny, options: RunnerOptions { $0.threads = 0 })
        try await refuses(.badRequest, ["thread"], tiny, options: RunnerOptions { $0.threads = .max })
        try await refuses(.badRequest, ["lookahead", "3"], tiny, options: RunnerOptions { $0.lookahead = 3 })
        try await refuses(.badRequest, ["lookahead", "-1"], tiny, options: RunnerOptions { $0.lookahead = -1 })
        try await refuses(.badRequest, ["sse9", "avx2"], tiny, options: RunnerOptions { $0.instructionSet = "sse9" })
        for gpuOnly in [DType.fp8, .bf16] {
            let type = RunnerOptions { $0.kvType = gpuOnly }
            try await refuses(.unsupported, [gpuOnly.rawValue, "only a GPU", "f16, f32 or q8_0"], tiny, options: type)
        }
        let type = RunnerOptions { $0.kvType = .q4_K }
        await #expect(throws: ZondaError.self) { _ = try await Runner(which: tiny, options: type) }
    }

    @Test func progressAndInfo() async throws {
        let seen = Progress()
        let runner = try await Runner(
            which: Models.tiny().withMaxSeqLen(256).withMaxBatchSize(3),
            options: RunnerOptions { $0.onProgress = { done, total in seen.add(done, total) } })
        let steps = seen.steps
        #expect(steps.count > 10)
        #expect(steps.allSatisfy { $0.total == runner.model.weightByteCount && (0...$0.total).contains($0.done) })
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.done <= $1.done })
        #expect(steps.last?.done == runner.model.weightByteCount)
        #expect(runner.model.architecture == "llama")
        #expect(runner.model.layerCount == 3)
        #expect(runner.model.vocabularyCount == 320)
        #expect(runner.model.maxSequenceLength == 256)
        #expect(runner.model.maxBatchSize == 3)
    }

    private final class Progress: @unchecked Sendable {
        // Guarded by `lock`.
        private var seen: [(done: Int, total: Int)] = []
        private let lock = NSLock()

        func add(_ done: Int, _ total: Int) { lock.withLock { seen.append((done, total)) } }

        var steps: [(done: Int, total: Int)] { lock.withLock { seen } }
    }
}
