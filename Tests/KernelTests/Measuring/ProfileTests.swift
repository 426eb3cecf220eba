import Foundation
import TestSupport
import Testing
import Zonda
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension Kernels {
    /// A model on the emulated GPU: profiled, measured, and made of random weights.
    @Suite struct ProfileTests {
        private func options(_ change: (inout RunnerOptions) -> Void = { _ in }) -> RunnerOptions {
            var options = RunnerOptions()
            options.makeDevice = { () throws(ZondaError) in
                do {
                    return try Player.fast(architecture: 90).device()
                } catch let error as ZondaError {
                    throw error
                } catch {
                    throw ZondaError(.internalFault, "\(error)")
                }
            }
            change(&options)
            return options
        }

        private func answer(_ runner: Runner, prompt: Int = 40) async throws -> [Zonda.TokenLogprob] {
            var request = CompletionRequest(tokens: (0..<prompt).map { TokenID($0 * 7 % 120) }, maxTokens: 5)
            request.ignoreEOS = true
            request.temperature = 0
            request.logprobs = 1
            return try await runner.sendCompletionRequest(request).choices[0].logprobs
        }

        /// Every kernel of a step is in its table, with what it moved, and answers stay what they were.
        @Test func everyKernelIsTimed() async throws {
            let profiler = StepProfiler()
            let runner = try await Runner(
                which: .plain(modelID: Golden.path("gguf/llama.gguf")).withMaxSeqLen(128).withMaxBatchSize(1),
                options: options {
                    $0.profiler = profiler
                    $0.measuresLimits = true
                    $0.prefixCaching = false
                })
            let expected = try await answer(runner)
            #expect(profiler.takeTables().isEmpty, "it was off")
            profiler.isOn = true
            #expect(try await answer(runner) == expected)
            profiler.isOn = false
            #expect(try await answer(runner) == expected)
            let tables = profiler.takeTables()
            #expect(tables.map(\.phase) == [.prompt, .decode])
            #expect(tables.map(\.stepCount) == [1, 4])
            for table in tables {
                for kernel in ["embed<", "linear_", "rope_store<", "attention_plan", "attention_decode<", "gather<"] {
                    #expect(table.lines.contains { $0.name.hasPrefix(kernel) }, "\(kernel) of \(table.phase)")
                }
                #expect(table.lines.allSatisfy { $0.seconds >= 0 && $0.callCount % table.stepCount == 0 })
                #expect(abs(table.lines.reduce(0) { $0 + $1.seconds / table.seconds } - 1) < 1e-9)
                for line in table.lines where line.name.hasPrefix("linear_") {
                    #expect(line.byteCount > 0 && line.operationCount > 0 && line.name.contains(" -> "), "\(line)")
                }
            }
            let sums = tables.map { table in table.lines.reduce(0) { $0 + $1.operationCount } }
            let limits = try #require(runner.model.limits)
            // What kernels say they multiply is what the model's description says, in both phases.
            let prompt = limits.promptWork(depth: 0, prompt: 40, count: 1, chunk: 512)
            #expect(sums[0] == prompt.operationCount)
            #expect(sums[1] == limits.decodeWork(first: 40, count: 1, stepCount: 4).operationCount)
            let share = PhaseShare(prompt, seconds: 1, limits.device)
            #expect(share.share > 0 && share.share.isFinite)
        }

        /// The same of a CPU, whose parts are operations.
        @Test(arguments: ["models/llama", "models/gemma2", "models/qwen3moe"])
        func everyOperationIsTimed(_ model: String) async throws {
            let profiler = StepProfiler()
            var options = RunnerOptions()
            options.device = .cpu
            options.threads = 1
            options.measuresLimits = true
            options.prefixCaching = false
            options.profiler = profiler
            let runner = try await Runner(
                which: .plain(modelID: Golden.path(model)).withMaxSeqLen(128).withMaxBatchSize(1), options: options)
            let expected = try await answer(runner)
            #expect(profiler.takeTables().isEmpty, "it was off")
            profiler.isOn = true
            #expect(try await answer(runner) == expected)
            let tables = profiler.takeTables()
            #expect(tables.map(\.stepCount) == [1, 4])
            let limits = try #require(runner.model.limits)
            let works = [
                limits.promptWork(depth: 0, prompt: 40, count: 1, chunk: 512),
                limits.decodeWork(first: 40, count: 1, stepCount: 4),
            ]
            for (table, work) in zip(tables, works) {
                #expect(table.lines.contains { $0.name == "sample" } && table.lines.contains { $0.name == "embed" })
                let operations = table.lines.reduce(0) { $0 + $1.operationCount }
                #expect(abs(operations / work.operationCount - 1) < 1e-12, "\(operations) of \(work)")
                // Activations come on top of what the model is said to read.
                #expect(table.lines.reduce(0) { $0 + $1.byteCount } > work.byteCount * 0.99)
            }
        }

        /// A model of random weights is the same each time it is made.
        @Test(arguments: ["Q4_K_M", "BF16", "IQ3_S"]) func synthetic(_ type: String) async throws {
            let folder = try TemporaryFolder()
            let text = """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 256,
                 "intermediate_size": 512, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
                 "vocab_size": 160, "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """
            let path = try folder.write("config.json", Array(text.utf8))
            var answers: [[Zonda.TokenLogprob]] = []
            for _ in 0..<2 {
                let runner = try await Runner(
                    which: .synthetic(configuration: path, type: type).withMaxSeqLen(96).withMaxBatchSize(1),
                    options: options())
                answers.append(try await answer(runner, prompt: 4))
            }
            #expect(answers[0] == answers[1])
            #expect(answers[0].count == 5 && answers[0].allSatisfy { $0.logprob.isFinite && $0.logprob < 0 })
            #expect(Set(answers[0].map(\.logprob)).count > 1, "logits are not all alike")
        }
    }
}
