import EmulatedKernels
import Glibc
import TestSupport
import Testing
import ZondaCUDA
import ZondaCore
import ZondaDevice

@testable import Zonda

extension Kernels {
    /// Memory of the emulated GPU, whose driver counts blocks as a real one does: planned, taken, and run out of.
    @Suite struct MemoryTests {
        private static let mebibyte = 1 << 20

        /// A GPU with `memory` bytes, none of them held by runners of other tests that are still ending.
        private static func device(memory: Int, isDeterministic: Bool = false) throws(ZondaError) -> CUDADevice {
            do {
                var configuration = zonda_emulator_configuration()
                configuration.architecture = 90
                configuration.memory_byte_count = UInt64(memory)
                zonda_emulator_configure(&configuration)
                let driver = try CUDADriver(functions: zonda_emulated_driver().pointee)
                try driver.start()
                let gpu = try GPU(0, driver)
                let context = try CUDAContext(gpu, driver)
                var (used, quietCount) = (-1, 0)
                while quietCount < 20 {
                    let now = memory - (try context.memory().free)
                    quietCount = now == used ? quietCount + 1 : 0
                    used = now
                    usleep(2000)
                }
                return try CUDADevice(
                    gpu, driver, try NVRTC(functions: zonda_emulated_nvrtc().pointee),
                    cache: KernelCache(folder: nil), isDeterministic: isDeterministic)
            } catch {
                throw (error as? ZondaError) ?? ZondaError(.internalFault, "\(error)")
            }
        }

        private func options(memory: Int = 80 << 30, _ change: (inout RunnerOptions) -> Void = { _ in })
            -> RunnerOptions
        {
            var options = RunnerOptions()
            options.makeDevice = { () throws(ZondaError) in try Self.device(memory: memory, isDeterministic: true) }
            change(&options)
            return options
        }

        private func model(_ name: String, length: Int = 256, batch: Int = 4) throws -> Which {
            .plain(modelID: try #require(Golden.find(name))).withMaxSeqLen(length).withMaxBatchSize(batch)
        }

        /// Six layers of 4 MiB of weights, and a vocabulary.
        private func synthetic(_ type: String = "Q8_0", in folder: TemporaryFolder) throws -> Which {
            let path = try folder.write(
                "config.json",
                """
                {"architectures": ["LlamaForCausalLM"], "hidden_size": 512, "intermediate_size": 2048, "vocab_size": 8192,
                 "num_hidden_layers": 6, "num_attention_heads": 8, "num_key_value_heads": 4, "rms_norm_eps": 1e-5,
                 "hidden_act": "silu", "max_position_embeddings": 8192, "rope_theta": 10000.0, "model_type": "llama",
                 "tie_word_embeddings": false}
                """)
            return try .synthetic(configuration: path, type: type)
        }

        private func request(_ index: Int, length: Int, maxTokens: Int) -> CompletionRequest {
            var request = CompletionRequest(
                tokens: (0..<length).map { TokenID(($0 * 7 + index * 13) % 120) }, maxTokens: maxTokens)
            request.ignoreEOS = true
            request.temperature = index % 2 == 0 ? 0 : 0.8
            request.seed = UInt64(index)
            return request
        }

        private func expectMeasured(_ memory: MemoryPlan, _ name: String) throws {
            let measured = try #require(memory.measuredByteCount)
            let deviation = try #require(memory.deviation)
            #expect(measured > memory.matrixByteCount && abs(deviation) <= 0.02, "\(name): \(memory)")
        }

        /// Families with windows, biases, norms of heads, two rope tables.
        @Test(arguments: [
            "gguf/llama.gguf", "gguf/gemma3.gguf", "gguf/starcoder2.gguf", "gguf/qwen3.gguf", "models/gemma2",
            "models/phi3_longrope_long", "models/olmo2",
        ])
        func goldenModelsTakeWhatWasPlanned(_ name: String) async throws {
            for (rows, batch) in [(512, 4), (9, 2)] {
                let options = options { $0.maxTokensPerStep = rows }
                let which = try model(name, batch: batch)
                var planned = try Runner.plan(which: which, options: options)
                #expect(planned.measuredByteCount == nil)
                let runner = try await Runner(which: which, options: options)
                try expectMeasured(runner.model.memory, name)
                planned.measuredByteCount = runner.model.memory.measuredByteCount
                #expect(planned == runner.model.memory, "the plan is the same without loading")
                runner.shutDown()
            }
        }

        @Test(arguments: ["Q8_0", "Q4_K_M", "BF16"])
        func aLargerShapeTakesWhatWasPlanned(_ type: String) async throws {
            let folder = try TemporaryFolder()
            let runner = try await Runner(
                which: try synthetic(type, in: folder).withMaxBatchSize(8).withMaxSeqLen(2048), options: options())
            let memory = runner.model.memory
            try expectMeasured(memory, type)
            // 16 bits for each of two numbers of 256 columns in 6 layers.
            #expect(memory.kvByteCount >= 8 * 2048 * 256 * 6 * 4 && memory.kvTokenCount == 8 * 2048)
            #expect(memory.scratchByteCount > 0 && memory.inputByteCount > 0 && memory.pinnedByteCount > 32 << 20)
            runner.shutDown()
        }

        /// Steps of every size, alone and mixed, with a stream whose scratch was taken when it was made.
        @Test(arguments: ["gguf/llama.gguf", "gguf/gemma3.gguf"])
        func stepsAllocateNothing(_ name: String) async throws {
            let runner = try await Runner(
                which: try model(name), options: options { $0.maxTokensPerStep = 100 })
            let before = zonda_emulator_allocation_count()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, length) in [150, 1, 64, 8, 33].enumerated() {
                    group.addTask {
                        _ = try await runner.sendCompletionRequest(self.request(index, length: length, maxTokens: 4))
                    }
                }
                try await group.waitForAll()
            }
            #expect(zonda_emulator_allocation_count() == before)
            runner.shutDown()
        }

        /// Only what a step has of its page tables is copied: nothing reads the rest, here of two groups.
        @Test func whatIsNotCopiedIsNotRead() async throws {
            let options = options {
                $0.maxTokensPerStep = 8
                $0.makeDevice = { () throws(ZondaError) in
                    do {
                        return try Player.checked(architecture: 90, order: .random).device()
                    } catch {
                        throw (error as? ZondaError) ?? ZondaError(.internalFault, "\(error)")
                    }
                }
            }
            let runner = try await Runner(which: try model("gguf/gemma3.gguf", length: 64, batch: 2), options: options)
            async let first = runner.sendCompletionRequest(request(0, length: 7, maxTokens: 2))
            async let second = runner.sendCompletionRequest(request(1, length: 3, maxTokens: 2))
            let counts = try await [first, second].map { $0.choices[0].tokens.count }
            #expect(counts == [2, 2])
            runner.shutDown()
        }

        /// By default keys and values take what is left, up to 90 % of what is free; options take less.
        @Test func keysTakeWhatIsLeft() throws {
            let folder = try TemporaryFolder()
            let which = try synthetic(in: folder).withMaxBatchSize(64)
            let memory = 512 * Self.mebibyte
            func plan(_ which: Which, _ change: (inout RunnerOptions) -> Void = { _ in }) throws -> MemoryPlan {
                try Runner.plan(which: which, options: options(memory: memory, change))
            }
            let all = try plan(which)
            let limit = all.availableByteCount * 9 / 10
            #expect(all.totalByteCount <= limit && all.totalByteCount > limit - 20 * Self.mebibyte, "\(all)")
            #expect(all.maxSequenceLength == 8192)
            // The context and what loads weights came first.
            #expect(all.deviceByteCount == memory && all.availableByteCount == memory - 32 * Self.mebibyte)

            let shorter = try plan(which.withMaxSeqLen(256))
            #expect(shorter.kvTokenCount == 64 * 256 && shorter.totalByteCount < all.totalByteCount)
            let fewer = try plan(which.withMaxBatchSize(1))
            #expect(fewer.kvTokenCount == 8192)
            let narrow = try plan(which) { $0.kvByteCount = 64 * Self.mebibyte }
            // Pages within that, in blocks of 2 MiB for each of 6 layers.
            let blocks = 64 * Self.mebibyte..<76 * Self.mebibyte
            #expect(blocks.contains(narrow.kvByteCount) && narrow.kvTokenCount * 256 * 4 * 6 <= 64 * Self.mebibyte)
        }

        /// Where not even a sequence of ordinary length fits within 90 %, the last of the memory goes to a shorter one.
        @Test func aModelThatJustFits() async throws {
            let folder = try TemporaryFolder()
            let which = try synthetic(in: folder).withMaxBatchSize(1)
            let options = options { $0.maxTokensPerStep = 32 }
            let full = try Runner.plan(which: which, options: options)
            let rest = full.totalByteCount - full.kvByteCount + 32 * Self.mebibyte
            let tight = self.options(memory: (rest + 20 * Self.mebibyte) * 32 / 31) { $0.maxTokensPerStep = 32 }
            let runner = try await Runner(which: which, options: tight)
            let memory = runner.model.memory
            try expectMeasured(memory, "just fits")
            #expect(memory.maxSequenceLength >= 256 && memory.maxSequenceLength < 4096, "\(memory)")
            #expect(memory.totalByteCount <= memory.availableByteCount * 31 / 32)
            _ = try await runner.sendCompletionRequest(request(0, length: 20, maxTokens: 2))
            runner.shutDown()
        }

        /// Refused before anything is loaded, with the numbers and what helps.
        @Test func aModelThatDoesNotFit() async throws {
            let folder = try TemporaryFolder()
            let which = try synthetic(in: folder)
            func refuse(
                _ words: [String], memory: Int = 80 << 30, which: Which,
                _ change: (inout RunnerOptions) -> Void = { _ in }
            ) async throws {
                var options = options(memory: memory)
                change(&options)
                options.onProgress = { _, _ in Issue.record("something was loaded") }
                options.onPlan = { _ in Issue.record("it was planned") }
                let error = await #expect(throws: ZondaError.self) {
                    _ = try await Runner(which: which, options: options)
                }
                #expect(error?.code == .outOfMemory)
                for word in words + ["--device cpu"] { #expect("\(error, default: "")".contains(word), "\(word)") }
                let needed = try #require(error?.facts["needed"].flatMap { Int($0) })
                let available = try #require(error?.facts["available"].flatMap { Int($0) })
                #expect(needed > available && error?.facts["device"] == "cuda:0")
            }
            let small = 64 * Self.mebibyte
            try await refuse(["the model needs", "MiB", "--max-seq-len", "--kv-memory"], memory: small, which: which)
            // More than fits, asked for by name.
            let medium = 256 * Self.mebibyte
            try await refuse(["keys and values"], memory: medium, which: which.withMaxBatchSize(64)) {
                $0.kvByteCount = 1 << 30
            }
            try await refuse(["keys and values"], memory: medium, which: which.withMaxSeqLen(1 << 20))
            try await refuse(["--weight-memory"], which: which) { $0.weightMemoryByteCount = 1 << 20 }
        }

        /// Six pages: four sequences of 20 to 50 tokens get in and fill them, and come to take nine. Who finds no page waits,
        /// with what it had computed given up; a request that can never fit fails alone.
        @Test func preemption() async throws {
            let requests = (0..<4).map { request($0, length: 20 + 10 * $0, maxTokens: 24) }
            let single = try await Runner(
                which: try model("gguf/llama.gguf", length: 192, batch: 1), options: options())
            var expected: [[TokenID]] = []
            for request in requests {
                expected.append(try await single.sendCompletionRequest(request).choices[0].tokens)
            }
            let byteCount = single.model.kvByteCount
            single.shutDown()

            let few = try await Runner(
                which: try model("gguf/llama.gguf", length: 192, batch: 4),
                options: options {
                    $0.kvByteCount = byteCount
                    $0.lookahead = 2
                    $0.prefixCaching = false
                })
            #expect(few.model.memory.kvTokenCount == 6 * 32)
            let tooLong = Task { try await few.sendCompletionRequest(request(9, length: 200, maxTokens: 1)) }
            let answers = try await withThrowingTaskGroup(of: (Int, [TokenID]).self) { group in
                for (index, request) in requests.enumerated() {
                    group.addTask { (index, try await few.sendCompletionRequest(request).choices[0].tokens) }
                }
                var answers: [Int: [TokenID]] = [:]
                for try await (index, answer) in group { answers[index] = answer }
                return requests.indices.compactMap { answers[$0] }
            }
            #expect(answers == expected)
            await #expect(throws: ZondaError.self) { _ = try await tooLong.value }
            few.shutDown()
        }
    }
}
