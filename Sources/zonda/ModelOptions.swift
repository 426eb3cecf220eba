import ArgumentParser
import Zonda
import ZondaCore

/// The options of every command that loads a model.
struct ModelOptions: ParsableArguments {
    @Argument(
        help: """
            A folder, a .gguf file, or a model of the Hugging Face hub: REPO, REPO:FILE.gguf or REPO:QUANT, downloaded \
            when it is not there.
            """)
    var model: String

    @Option(help: "A GGUF file within MODEL, when MODEL is a folder or a repository with several.")
    var file: String?

    @OptionGroup var runner: RunnerArguments

    var which: Which {
        get throws { try runner.which(model, file: file) }
    }

    var options: RunnerOptions { runner.options }

    /// Loads the model, with a progress bar when a person is looking.
    func load() async throws -> Runner { try await runner.load(model, file: file) }
}

/// How a model is run, as flags.
struct RunnerArguments: ParsableArguments {
    @Option(help: "The family, when the files do not tell it or tell it wrong.")
    var arch: String?

    @Option(
        help: "What runs the model: auto, cpu, cuda:N (`zonda doctor` lists what there is).",
        transform: { try DeviceChoice(parsing: $0) })
    var device = DeviceChoice.auto

    @Flag(help: "On a GPU: answers that do not depend on what runs beside them; slower for prompts.")
    var deterministic = false

    @Option(help: "Threads; by default one per physical core that the process may use.")
    var threads: Int?

    @Option(help: "An instruction set at most as good as the machine's: avx512, avx2, neon, portable.")
    var isa: String?

    @Option(help: "Activations and products: auto (what serving uses) or f32.")
    var dtype: ComputeChoice = .auto

    @Option(
        help: """
            How keys and values are stored: f16 or f32, on a CPU q8_0, on a GPU bf16 or fp8; with --dtype f32, f32 by \
            default.
            """)
    var kvType: KVChoice?

    @Option(help: "Tokens of the longest sequence, prompt and answer.")
    var maxSeqLen: Int?

    @Option(help: "Sequences that run at a time.")
    var maxBatchSize: Int?

    @Option(
        help:
            "MiB for keys and values; by default what the rest leaves of 90 % of a GPU's free memory, on a CPU a quarter of that."
    )
    var kvMemory: Int?

    @Option(help: "On a CPU: MiB for weights; the rest stays in the file, which is slow. By default what is available.")
    var weightMemory: Int?

    @Option(help: "Rows of a step: how much of a prompt is computed at once.")
    var chunk: Int = 512

    @Flag(inversion: .prefixedNo, help: "Whether a model that is not there is downloaded.")
    var download = true

    @Option(
        help: """
            How many times as long as usual a token takes at most, about, while prompts of others are computed. More \
            reads prompts faster and makes streams less even; inf: no limit.
            """)
    var maxTokenDelay = RunnerOptions.default.maxTokenDelay

    @Flag(help: "Says how memory is divided before the model is loaded; on a GPU it is said anyway.")
    var verbose = false

    enum ComputeChoice: String, ExpressibleByArgument, CaseIterable { case auto, f32 }
    enum KVChoice: String, ExpressibleByArgument, CaseIterable {
        case f16, f32, bf16, fp8
        case q8 = "q8_0"
    }

    func validate() throws {
        guard (1...65536).contains(chunk) else { throw ValidationError("--chunk is \(chunk); use 1 to 65536.") }
        guard maxTokenDelay > 1 else {
            throw ValidationError("--max-token-delay is \(maxTokenDelay); use a number above 1, or inf.")
        }
        if let kvMemory, !(1...(1 << 24)).contains(kvMemory) {
            throw ValidationError("--kv-memory is \(kvMemory) MiB; use 1 to \(1 << 24).")
        }
        if let weightMemory, !(0...(1 << 24)).contains(weightMemory) {
            throw ValidationError("--weight-memory is \(weightMemory) MiB; use 0 to \(1 << 24).")
        }
    }

    func which(_ model: String, file: String? = nil) throws -> Which {
        var which: Which
        if let file {
            which = .gguf(quantizedModelID: model, quantizedFilename: file)
        } else {
            which = .plain(modelID: model, arch: try arch.map { try Architecture.named($0) })
        }
        if let maxSeqLen { which = which.withMaxSeqLen(maxSeqLen) }
        if let maxBatchSize { which = which.withMaxBatchSize(maxBatchSize) }
        return which
    }

    var options: RunnerOptions {
        var options = RunnerOptions()
        options.device = device
        options.isDeterministic = deterministic
        options.onEvent = { Terminal.error($0) }
        options.onPlan = { [verbose] in MemoryReport.announce($0, isVerbose: verbose) }
        options.threads = threads
        options.instructionSet = isa
        options.usesFloat32 = dtype == .f32
        switch kvType ?? (dtype == .f32 ? .f32 : .f16) {
        case .f16: options.kvType = .f16
        case .f32: options.kvType = .f32
        case .bf16: options.kvType = .bf16
        case .fp8: options.kvType = .fp8
        case .q8: options.kvType = .q8_0
        }
        options.kvByteCount = kvMemory.map { $0 << 20 }
        options.weightMemoryByteCount = weightMemory.map { $0 << 20 }
        options.maxTokensPerStep = chunk
        options.downloads = download
        options.maxTokenDelay = maxTokenDelay
        return options
    }

    /// Loads a model, with a progress bar when a person is looking.
    func load(_ model: String, file: String? = nil) async throws -> Runner {
        let runner = try await Runner.loading(try which(model, file: file), options, title: "loading \(model)")
        MemoryReport.announceMeasured(runner.model.memory, isVerbose: verbose)
        let (kept, all) = (runner.model.fileByteCount, runner.model.weightByteCount)
        if kept > 0 {
            Terminal.error(
                "\(ByteCount.text(kept)) of \(ByteCount.text(all)) of weights stay in the file, as memory is short: slow. "
                    + "A smaller model, a smaller weight type or --weight-memory helps.")
        }
        return runner
    }
}
