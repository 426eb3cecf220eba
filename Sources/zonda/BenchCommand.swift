import ArgumentParser
import OrderedCollections
import Zonda
import ZondaDevice
import ZondaModels

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures how fast a model, or a server, reads prompts and writes answers.",
        discussion: """
            Each combination of depth and concurrency is run --repeat times; the median is shown. Prompt rate: tokens \
            of all prompts until each request has its first token. Decode rate: tokens of all requests from then on.

            Beside each rate: the bytes or operations a second that it takes at the least, and their share of what the \
            device reads or multiplies at most, measured in the same run; of the two, the limit that is nearer. \
            --profile times each kernel, or each operation on a CPU, in one more run of each combination: its parts do \
            not overlap there, so they sum to more than a step takes. See docs/benchmarks.md.

            --server drives any OpenAI-compatible server: each of --concurrency clients sends its next request when it \
            has its answer. --prompt counts words then, of which most are one token.

            EXAMPLES
              zonda bench model.gguf --prompt 512 --generate 64
              zonda bench model.gguf --depth 0,1024,4096 --concurrency 1,8 --plot bench.svg
              zonda bench model.gguf --prompt 512 --generate 64 --profile
              zonda bench --synthetic config.json --type Q4_K_M --json
              zonda bench model.gguf --concurrency 8 --prompt 32 --generate 1024 --arriving 4000
              zonda bench --server http://127.0.0.1:8080 --concurrency 1,8,32 --plot server.svg
              zonda bench --synthetic config.json --type BF16 --device cuda:0 --concurrency 1,8,32,64
            """)

    @Argument(
        help: "A folder, a .gguf file, or a model of the Hugging Face hub; not with --synthetic or --server.")
    var model: String?

    @OptionGroup(title: "SERVER OPTIONS") var serverOptions: ServerBenchOptions

    @Option(help: "Runs the shape of this config.json with random weights.")
    var synthetic: String?

    @Option(help: "With --synthetic: the weights' type, such as Q4_K_M, Q8_0, BF16.")
    var type = "Q4_K_M"

    @Option(help: "Tokens of each prompt.") var prompt = 512
    @Option(help: "Tokens of each answer.") var generate = 64
    @Option(help: "Tokens that are in the cache before the prompt, as a list: 0,1024,4096.") var depth = "0"
    @Option(help: "Requests at a time, as a list: 1,8.") var concurrency = "1"
    @Option(name: [.customLong("repeat")], help: "Runs of each combination.") var repeats = 3
    @Option(help: "What runs the model: auto, cpu, cuda:N.", transform: { try DeviceChoice(parsing: $0) })
    var device = DeviceChoice.auto
    @Option(help: "Threads; by default one per physical core that the process may use.") var threads: Int?
    @Option(help: "An instruction set at most as good as the machine's.") var isa: String?
    @Option(help: "Rows of a step.") var chunk = 512
    @Option(
        help: """
            Measures the time between tokens of the requests while a prompt of this many tokens arrives; answers of \
            --generate tokens must last that long.
            """)
    var arriving: Int?
    @Option(help: "How many times as long as usual a token may take while prompts are computed; inf: no limit.")
    var maxTokenDelay: Double?
    @Option(help: "Writes a plot of the rates, as SVG.") var plot: String?
    @Flag(help: "Prints what each kernel or operation took.") var profile = false
    @Flag(help: "One JSON object.") var json = false
    @Flag(help: "Says how memory is divided; on a GPU it is said anyway.") var verbose = false

    func validate() throws {
        if [model, synthetic, serverOptions.server].count(where: { $0 != nil }) != 1 {
            throw ValidationError("Name a MODEL, or use --synthetic config.json or --server URL.")
        }
        try validateServer()
        let counts = [
            ("--prompt", prompt), ("--generate", generate), ("--repeat", repeats), ("--arriving", arriving ?? 1),
        ]
        for (name, value) in counts where !(1...(1 << 24)).contains(value) {
            throw ValidationError("\(name) is \(value); use 1 to \(1 << 24).")
        }
        if let maxTokenDelay, !(maxTokenDelay > 1) {
            throw ValidationError("--max-token-delay is \(maxTokenDelay); use a number above 1, or inf.")
        }
        guard (1...65536).contains(chunk) else { throw ValidationError("--chunk is \(chunk); use 1 to 65536.") }
        _ = try (list(depth, "--depth", from: 0), list(concurrency, "--concurrency", from: 1))
    }

    /// What only a model that is loaded here has is refused, not passed over.
    private func validateServer() throws {
        guard serverOptions.server != nil else { return }
        let given = [
            ("--depth", depth != "0"), ("--device", device != .auto), ("--threads", threads != nil),
            ("--isa", isa != nil), ("--chunk", chunk != 512), ("--repeat", repeats != 3), ("--profile", profile),
            ("--arriving", arriving != nil), ("--max-token-delay", maxTokenDelay != nil),
        ]
        if let name = given.first(where: \.1)?.0 { throw ValidationError("\(name) is not for --server.") }
    }

    func run() async throws {
        let depths = try list(depth, "--depth", from: 0)
        let concurrencies = try list(concurrency, "--concurrency", from: 1)
        if let server = serverOptions.server { return try await benchServer(at: server, concurrencies) }
        let profiler = profile ? StepProfiler() : nil
        let runner = try await load(depths.max() ?? 0, concurrencies.max() ?? 1, profiler)
        guard let limits = runner.model.limits else { throw ZondaError(.internalFault, "no limits were measured") }
        MemoryReport.announceMeasured(runner.model.memory, isVerbose: verbose)
        if !json { Terminal.error("\(runner.model.path) on \(runner.model.device)") }
        if let arriving { return try await measureArrival(of: arriving, concurrencies, on: runner) }
        var results: [BenchResult] = []
        for depth in depths {
            for concurrency in concurrencies {
                let shape = BenchShape(depth: depth, prompt: prompt, generate: generate, concurrency: concurrency)
                var runs: [BenchResult] = []
                for index in 0..<repeats { runs.append(try await shape.run(on: runner, seed: UInt64(index + 1))) }
                var result = BenchResult.median(runs)
                result.setShares(of: limits, chunk: chunk)
                if let profiler {
                    _ = try await shape.run(on: runner, seed: UInt64(repeats + 1), profiler: profiler)
                    result.profile = profiler.takeTables()
                }
                if !json { show(result, isFirst: results.isEmpty) }
                results.append(result)
            }
        }
        if json { Terminal.answer(report(results, runner.model, limits).text + "\n") }
        if let plot { try BarChart(results).write(to: plot) }
    }

    private func show(_ result: BenchResult, isFirst: Bool) {
        Terminal.answer((isFirst || profile ? BenchResult.heading + "\n" : "") + result.row + "\n")
        for table in result.profile { Terminal.answer("\n" + table.text) }
        if !result.profile.isEmpty { Terminal.answer("\n") }
    }

    private func measureArrival(of arriving: Int, _ concurrencies: [Int], on runner: Runner) async throws {
        var results: [ArrivalResult] = []
        for concurrency in concurrencies {
            let shape = BenchArrival(
                concurrency: concurrency, prompt: prompt, generate: generate, arriving: arriving)
            for index in 0..<repeats {
                let result = try await shape.run(on: runner, seed: UInt64(index + 1))
                if !json { Terminal.answer((results.isEmpty ? ArrivalResult.heading + "\n" : "") + result.row + "\n") }
                results.append(result)
            }
        }
        if json { Terminal.answer(JSONValue.array(results.map(\.json)).text + "\n") }
    }

    private func load(_ depth: Int, _ concurrency: Int, _ profiler: StepProfiler?) async throws -> Runner {
        var options = RunnerOptions()
        options.measuresLimits = true
        options.profiler = profiler
        options.device = device
        options.onEvent = { Terminal.error($0) }
        options.onPlan = { [verbose] in MemoryReport.announce($0, isVerbose: verbose) }
        options.threads = threads
        options.instructionSet = isa
        options.maxTokensPerStep = chunk
        options.maxTokenDelay = maxTokenDelay ?? (arriving == nil ? .infinity : options.maxTokenDelay)
        var which: Which
        if let synthetic {
            which = try .synthetic(configuration: synthetic, type: type)
        } else {
            which = .plain(modelID: model ?? "")
        }
        let length = max(depth + prompt + generate, arriving ?? 0) + 64
        which = which.withMaxBatchSize(arriving == nil ? concurrency : concurrency + 1).withMaxSeqLen(length)
        return try await Runner.loading(which, options, title: "loading")
    }

    private func report(_ results: [BenchResult], _ model: ModelInfo, _ limits: SpeedLimits) -> JSONValue {
        .object([
            "model": .string(model.path), "device": .string(model.device), "version": .string(zondaVersion),
            "loadSeconds": .number(model.loadTime), "weightByteCount": .integer(model.weightByteCount),
            "packedWeightByteCount": .integer(limits.cost.weightByteCount), "limits": limits.device.json,
            "memory": MemoryReport(model.memory).json,
            "results": .array(results.map(\.json)),
        ])
    }

    private func list(_ text: String, _ name: String, from minimum: Int) throws -> [Int] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
            guard let value = Int(word), value >= minimum, value <= 1 << 20 else {
                throw ValidationError("\(name) has \"\(word)\"; use whole numbers from \(minimum), such as 1,8.")
            }
            return value
        }
    }
}
