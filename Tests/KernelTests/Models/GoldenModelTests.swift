import ModelSupport
import Testing
import ZondaCUDA
import ZondaCore
import ZondaDevice
import ZondaModels

extension Kernels {
    /// Every family from safetensors and GGUF through the whole GPU path, against transformers; the tolerances of the
    /// reference data for a GPU.
    @Suite struct ModelTests {
        static let models = [
            "models/gemma", "models/gemma2", "models/gemma3", "models/granite", "models/llama", "models/llama3_rope",
            "models/llama_f16", "models/llama_gqa_tied", "models/mistral", "models/mistral_headdim", "models/olmo2",
            "models/phi2", "models/phi3", "models/phi3_longrope", "models/phi3_longrope_long", "models/qwen2",
            "models/qwen2_yarn", "models/qwen3", "models/smollm3", "models/starcoder2", "models/mixtral",
            "models/qwen3moe", "gguf/llama.gguf", "gguf/phi2.gguf", "gguf/qwen3.gguf", "gguf/mixtral.gguf",
            "gguf/qwen3moe.gguf",
        ]

        @Test(arguments: models) func promptInOneStep(_ name: String) throws {
            guard let model = try GoldenModel(name) else { return }
            let harness = try model.harness(
                on: try Player.fast(architecture: 90).device(), isExact: false, reach: model.expected.inputs.count)
            check(try harness.logits(model.expected.inputs), model.expected, name)
        }

        @Test(arguments: models) func promptInChunks(_ name: String) throws {
            guard let model = try GoldenModel(name) else { return }
            let harness = try model.harness(
                on: try Player.fast(architecture: 80).device(), isExact: false, reach: model.expected.inputs.count)
            check(try harness.logits(model.expected.inputs, chunk: 7), model.expected, name)
        }

        @Test(arguments: models) func greedy(_ name: String) throws {
            guard let model = try GoldenModel(name) else { return }
            let (prompt, tokens) = (model.expected.greedyPrompt, model.expected.greedy)
            let harness = try model.harness(
                on: try Player.fast(architecture: 90).device(), isExact: false, reach: prompt.count + tokens.count)
            #expect(try harness.greedy(prompt, count: tokens.count) == tokens)
        }

        /// Keys and values in E4M3, in one step and in chunks. Measured: 8e-7 to 1.7e-2, as these tiny models feel each value.
        @Test(arguments: models) func keysAndValuesInFP8(_ name: String) throws {
            guard let model = try GoldenModel(name) else { return }
            for chunk in [model.expected.inputs.count, 7] {
                let harness = try model.harness(
                    on: try Player.fast(architecture: 90).device(), isExact: false, kvType: .fp8,
                    reach: model.expected.inputs.count)
                let logits = try harness.logits(model.expected.inputs, chunk: chunk)
                let divergence = model.expected.divergence(to: logits)
                print("\(name), KV in fp8, chunks of \(chunk): KL \(divergence)")
                #expect(divergence <= 4e-2, "\(name)")
            }
        }

        private func check(_ logits: [Float], _ expected: ExpectedLogits, _ name: String) {
            let (distance, divergence) = (expected.distance(to: logits), expected.divergence(to: logits))
            #expect(distance <= 0.5 && divergence <= 2e-3, "\(name): distance \(distance), KL \(divergence)")
        }
    }
}

extension Player {
    /// A device with kernels of its own, none kept on disk.
    func device(isDeterministic: Bool = false) throws -> CUDADevice {
        let (driver, nvrtc, gpu) = try open()
        return try CUDADevice(gpu, driver, nvrtc, cache: KernelCache(folder: nil), isDeterministic: isDeterministic)
    }
}
