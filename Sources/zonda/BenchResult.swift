import OrderedCollections
import Zonda
import ZondaCore
import ZondaDevice

/// One combination that is measured.
struct BenchShape {
    var depth: Int
    var prompt: Int
    var generate: Int
    var concurrency: Int

    /// Runs it once, with random tokens that nothing has seen before.
    ///
    /// - Parameter profiler: is on while the requests run.
    func run(on runner: Runner, seed: UInt64, profiler: StepProfiler? = nil) async throws -> BenchResult {
        var random = SplitMix(seed: seed &* 1_000_003 &+ UInt64(depth * 64 + concurrency))
        let vocabulary = UInt64(runner.model.vocabularyCount)
        func tokens(_ count: Int) -> [TokenID] { (0..<count).map { _ in TokenID(random.next() % vocabulary) } }
        var options = GenerationOptions()
        options.temperature = 0
        options.ignoreEOS = true
        options.maxTokens = 1
        let prefix = tokens(depth)
        // The depth is computed before the clock starts, and then found in the cache.
        if depth > 0 { _ = try await runner.sendCompletionRequest(CompletionRequest(tokens: prefix, options: options)) }
        options.maxTokens = generate
        let requests = (0..<concurrency).map { _ in
            CompletionRequest(tokens: prefix + tokens(prompt), options: options)
        }
        profiler?.isOn = true
        defer { profiler?.isOn = false }
        let clock = ContinuousClock()
        let start = clock.now
        let times = try await withThrowingTaskGroup(of: [ContinuousClock.Instant].self) { group in
            for request in requests {
                group.addTask {
                    var times: [ContinuousClock.Instant] = []
                    for try await chunk in runner.streamCompletionRequest(request) {
                        times += chunk.choices.flatMap(\.times)
                    }
                    return times
                }
            }
            return try await group.reduce(into: [[ContinuousClock.Instant]]()) { $0.append($1) }
        }
        let allStarted = times.compactMap(\.first).max() ?? start
        let end = times.compactMap(\.last).max() ?? start
        let later = times.joined().count { $0 > allStarted }
        return BenchResult(
            shape: self, promptTokensPerSecond: Double(prompt * concurrency) / (allStarted - start).seconds,
            decodeTokensPerSecond: later == 0 ? 0 : Double(later) / (end - allStarted).seconds,
            decodeTokenCount: Double(later),
            timeToFirstToken: ((times.compactMap(\.first).min() ?? start) - start).seconds)
    }
}

/// What one combination measured.
struct BenchResult {
    var shape: BenchShape
    var promptTokensPerSecond: Double
    var decodeTokensPerSecond: Double
    /// Tokens of all requests after each had its first: what the decode rate is of.
    var decodeTokenCount: Double
    /// Of the first request that had one.
    var timeToFirstToken: Double
    /// What the rates are of what the device can do; nil for a phase that there was not.
    var promptShare: PhaseShare?
    var decodeShare: PhaseShare?
    var profile: [StepProfiler.Table] = []

    /// The median of each figure.
    static func median(_ runs: [BenchResult]) -> BenchResult {
        func middle(_ value: (BenchResult) -> Double) -> Double { runs.map(value).sorted()[runs.count / 2] }
        var result = runs[0]
        result.promptTokensPerSecond = middle(\.promptTokensPerSecond)
        result.decodeTokensPerSecond = middle(\.decodeTokensPerSecond)
        result.timeToFirstToken = middle(\.timeToFirstToken)
        result.decodeTokenCount = middle(\.decodeTokenCount)
        return result
    }

    /// Sets the shares of limits from the rates.
    ///
    /// - Parameter chunk: rows of a step.
    mutating func setShares(of limits: SpeedLimits, chunk: Int) {
        let count = shape.concurrency
        let prompt = limits.promptWork(depth: shape.depth, prompt: shape.prompt, count: count, chunk: chunk)
        promptShare = PhaseShare(
            prompt, seconds: Double(shape.prompt * count) / promptTokensPerSecond, limits.device)
        // Sequences go on together: the last steps of each, of which the first request to start has had some before.
        let steps = Int((decodeTokenCount / Double(count)).rounded())
        guard steps > 0, decodeTokensPerSecond > 0 else { return }
        let decode = limits.decodeWork(
            first: shape.depth + shape.prompt + shape.generate - 1 - steps, count: count, stepCount: steps)
        decodeShare = PhaseShare(
            decode, seconds: Double(steps * count) / decodeTokensPerSecond, limits.device)
    }

    static let heading =
        "  depth  requests  prompt  generate  prompt tok/s" + "of the nearer limit".padded(leftTo: shareWidth)
        + "  decode tok/s" + "of the nearer limit".padded(leftTo: shareWidth)
    private static let shareWidth = 40

    var row: String {
        let counts = [(shape.depth, 7), (shape.concurrency, 10), (shape.prompt, 8), (shape.generate, 10)]
        return counts.map { "\($0)".padded(leftTo: $1) }.joined()
            + Terminal.decimal(promptTokensPerSecond, 1).padded(leftTo: 14)
            + (promptShare?.text ?? "-").padded(leftTo: Self.shareWidth)
            + Terminal.decimal(decodeTokensPerSecond, 1).padded(leftTo: 14)
            + (decodeShare?.text ?? "-").padded(leftTo: Self.shareWidth)
    }

    var json: JSONValue {
        var object: OrderedDictionary<String, JSONValue> = [
            "depth": .integer(shape.depth), "concurrency": .integer(shape.concurrency),
            "prompt": .integer(shape.prompt), "generate": .integer(shape.generate),
            "promptTokensPerSecond": .number(promptTokensPerSecond),
            "decodeTokensPerSecond": .number(decodeTokensPerSecond),
            "timeToFirstToken": .number(timeToFirstToken),
        ]
        if let promptShare { object["promptShare"] = promptShare.json }
        if let decodeShare { object["decodeShare"] = decodeShare.json }
        if !profile.isEmpty { object["profile"] = .array(profile.map(\.json)) }
        return .object(object)
    }
}

/// A small deterministic generator (Steele, Lea and Flood 2014): the same prompts in each run.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
