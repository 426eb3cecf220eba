import ArgumentParser
import FoundationEssentials
import Zonda

/// The flags of `zonda bench --server`.
struct ServerBenchOptions: ParsableArguments {
    @Option(help: "Drives the OpenAI-compatible server at this address instead of loading a model.")
    var server: String?

    @Option(name: .customLong("model"), help: "With --server: the model's name; by default the first that it has.")
    var modelName: String?

    @Option(help: "With --server: its key; by default OPENAI_API_KEY of the environment.")
    var apiKey: String?

    @Option(help: "With --server: requests of each concurrency; by default four per request at a time, 16 at least.")
    var requests: Int?

    @Option(help: "With --server: seconds in which requests are sent, instead of a number; those sent are awaited.")
    var duration: Double?

    @Option(help: "With --server: words that all prompts begin with, to see what a prefix cache saves.")
    var sharedPrefix = 0

    @Flag(help: "With --server: sends text to /completions instead of a chat.")
    var completions = false

    @Flag(help: "With --server: asks for answers of full length (vLLM's and llama.cpp's ignore_eos).")
    var ignoreEos = false

    @Option(help: "With --server: equal seeds send equal prompts.")
    var seed: UInt64 = 1

    // Defaults: what MLPerf Inference asks of a server for a chat model of 70 billion parameters.
    @Option(
        name: .customLong("slo-ttft"),
        help: "With --server: goodput counts requests whose first token took at most this many ms.")
    var maxTimeToFirstToken = 2000.0

    @Option(
        name: .customLong("slo-tpot"), help: "With --server: … and whose later tokens took at most this many ms each.")
    var maxTimePerToken = 200.0

    @Option(help: "With --server: seconds of one request at most.")
    var timeout = 600

    func validate() throws {
        guard server != nil else {
            // What is meant for a server would be passed over otherwise.
            let given = [
                ("--model", modelName != nil), ("--api-key", apiKey != nil), ("--requests", requests != nil),
                ("--duration", duration != nil), ("--shared-prefix", sharedPrefix != 0),
                ("--completions", completions), ("--ignore-eos", ignoreEos),
            ]
            if let name = given.first(where: \.1)?.0 { throw ValidationError("\(name) needs --server.") }
            return
        }
        if requests != nil, duration != nil { throw ValidationError("Use --requests or --duration.") }
        if let requests, requests < 1 { throw ValidationError("--requests is \(requests); use 1 or more.") }
        if let duration, !(duration > 0 && duration < 1e6) {
            throw ValidationError("--duration is \(duration); use seconds above 0.")
        }
        guard (0...(1 << 20)).contains(sharedPrefix) else {
            throw ValidationError("--shared-prefix is \(sharedPrefix); use 0 or more.")
        }
        guard maxTimeToFirstToken > 0, maxTimePerToken > 0, timeout > 0 else {
            throw ValidationError("--slo-ttft, --slo-tpot and --timeout are above 0.")
        }
    }

    /// The key that was given, or the environment's.
    var key: String? {
        let key = apiKey ?? ProcessInfo.processInfo.environment["OPENAI_API_KEY"]
        return key?.isEmpty == true ? nil : key
    }
}
