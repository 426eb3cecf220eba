import ModelSupport
import TestSupport
import Testing
import ZondaCore
import ZondaDevice
import ZondaModels

/// Every family, from safetensors and from GGUF, against transformers; the tolerances of the reference data.
@Suite struct GoldenModelTests {
    static let models = [
        "gemma", "gemma2", "gemma3", "granite", "llama", "llama3_rope", "llama_f16", "llama_gqa_tied", "llama_wide",
        "mistral", "mistral_headdim", "mixtral", "olmo2", "phi2", "phi3", "phi3_longrope", "phi3_longrope_long",
        "qwen2", "qwen2_yarn", "qwen3", "qwen3moe", "smollm3", "starcoder2",
    ].map { "models/\($0)" }

    static let ggufModels = [
        "gemma", "gemma3", "granite", "llama", "llama3_rope", "llama_f16", "llama_gqa_tied", "mistral_headdim",
        "mixtral", "olmo2", "phi2", "phi3", "phi3_longrope", "phi3_longrope_long", "qwen2", "qwen2_yarn", "qwen3",
        "qwen3moe", "smollm3", "starcoder2",
    ].map { "gguf/\($0).gguf" }

    @Test(arguments: models + ggufModels, Subject.all)
    func promptInOneStep(_ name: String, _ subject: Subject) throws {
        guard let model = try GoldenModel(name) else { return }
        let harness = try model.harness(subject, reach: model.expected.inputs.count)
        check(try harness.logits(model.expected.inputs), model.expected, subject)
    }

    /// The reference device reads every weight anew in each step, so that only the CPU takes the smallest chunks.
    @Test(
        arguments: models + ggufModels, [Subject(device: .cpu, isExact: true), Subject(device: .cpu, isExact: false)])
    func promptInChunks(_ name: String, _ subject: Subject) throws {
        guard let model = try GoldenModel(name) else { return }
        for size in [1, 7, 32] {
            let harness = try model.harness(subject, reach: model.expected.inputs.count)
            check(try harness.logits(model.expected.inputs, chunk: size), model.expected, subject)
        }
    }

    @Test(arguments: models) func promptInChunksOnReference(_ name: String) throws {
        guard let model = try GoldenModel(name) else { return }
        let subject = Subject(device: .reference, isExact: true)
        let harness = try model.harness(subject, reach: model.expected.inputs.count)
        check(try harness.logits(model.expected.inputs, chunk: 33), model.expected, subject)
    }

    @Test(
        arguments: models + ggufModels, [Subject(device: .cpu, isExact: true), Subject(device: .cpu, isExact: false)])
    func greedy(_ name: String, _ subject: Subject) throws {
        guard let model = try GoldenModel(name) else { return }
        let (prompt, tokens) = (model.expected.greedyPrompt, model.expected.greedy)
        let harness = try model.harness(subject, reach: prompt.count + tokens.count)
        #expect(try harness.greedy(prompt, count: tokens.count) == tokens)
    }

    private func check(_ logits: [Float], _ expected: ExpectedLogits, _ subject: Subject) {
        if subject.isExact {
            #expect(expected.distance(to: logits) <= 2e-4)
        } else {
            #expect(expected.divergence(to: logits) <= 5e-4)
        }
    }
}
