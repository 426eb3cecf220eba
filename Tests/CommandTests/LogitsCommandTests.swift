import Foundation
import TestSupport
import Testing
import ZondaCore

/// `zonda logits` against the reference results of the tiny models.
struct LogitsCommandTests {
    static let paths =
        [
            "gemma", "gemma2", "gemma3", "granite", "llama", "mistral", "mixtral", "olmo2", "phi2",
            "phi3_longrope_long",
            "qwen2", "qwen2_yarn", "qwen3", "qwen3moe", "smollm3", "starcoder2",
        ].map { "models/\($0)" }
        + [
            "gemma3", "granite", "llama", "olmo2", "phi2", "qwen2", "qwen2_yarn", "qwen3", "qwen3moe", "smollm3",
            "starcoder2",
        ].map { "gguf/\($0).gguf" }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func logits(_ model: String, of tokens: [TokenID], _ arguments: String...) async throws -> TensorFile {
        let ids = try folder.write("ids.txt", tokens.map { "\($0)" }.joined(separator: " "))
        let output = "\(folder.path)/out.safetensors"
        let result = try await Command.run(
            ["logits", Golden.path(model), "--tokens-file", ids, "-o", output, "--threads", "1"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "")
        return try TensorFile(output)
    }

    private func expected(_ model: String) throws -> TensorFile {
        let name = model.split(separator: "/")[1].split(separator: ".")[0]
        // A GGUF file that holds other bits than the folder of its name has results of its own.
        let own = Golden.path("gguf/\(name).expected.safetensors")
        let isOwn = model.hasSuffix(".gguf") && FileManager.default.fileExists(atPath: own)
        return try TensorFile(isOwn ? own : Golden.path("models/\(name)/expected.safetensors"))
    }

    @Test(arguments: paths) func float32(_ model: String) async throws {
        let expected = try expected(model)
        let tokens = try expected.tokens("input_ids")
        let result = try await logits(model, of: tokens, "--dtype", "f32")
        #expect(try result.shape("logits") == expected.shape("logits"))
        #expect(!result.contains("greedy"))
        let worst = zip(try result.floats("logits"), try expected.floats("logits")).map { abs($0 - $1) }.max()
        #expect(worst ?? .infinity <= 2e-4)
        let greedy = try expected.tokens("greedy")
        let prompt = try expected.tokens("greedy_prompt")
        let continued = try await logits(model, of: prompt, "--dtype", "f32", "--greedy", "\(greedy.count)")
        #expect(try continued.tokens("greedy") == greedy)
    }

    @Test(arguments: paths) func byDefault(_ model: String) async throws {
        let expected = try expected(model)
        let result = try await logits(model, of: try expected.tokens("input_ids"), "--chunk", "17")
        let rows = zip(try expected.rows("logits"), try result.rows("logits"))
        let divergences = rows.map { Softmax.divergence($0, from: $1) }
        #expect(divergences.count == (try expected.tokens("input_ids").count))
        #expect(divergences.reduce(0, +) / Double(divergences.count) <= 5e-4)
        let greedy = try expected.tokens("greedy")
        let continued = try await logits(model, of: try expected.tokens("greedy_prompt"), "--greedy", "\(greedy.count)")
        #expect(try continued.tokens("greedy") == greedy)
    }

    @Test func badInput() async throws {
        let output = "\(folder.path)/out.safetensors"
        let model = Golden.path("models/llama")
        for (text, words) in [("1 two 3", "two"), ("", "no token ids"), ("1 -2", "-2"), ("5 320", "320")] {
            let result = try await Command.run("logits", model, "--tokens-file", "-", "-o", output, input: text)
            #expect(result.status == 1)
            #expect(result.errors.contains(words), "\(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: output), "nothing is left of \(text)")
        }
        let unwritable = try await Command.run(
            "logits", model, "--tokens-file", "-", "-o", "\(folder.path)/no/out", input: "[1, 2; 3]")
        #expect(unwritable.status == 1)
        #expect(unwritable.errors.contains("\(folder.path)/no/out"))
        let right = try await Command.run("logits", model, "--tokens-file", "-", "-o", output, input: "[1, 2; 3]")
        #expect(right.status == 0)
        #expect(try TensorFile(output).shape("logits") == [3, 320])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.safetensors"])
    }
}
