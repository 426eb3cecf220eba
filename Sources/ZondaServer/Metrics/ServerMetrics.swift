import OrderedCollections
import Synchronization
import Zonda
import ZondaCore

/// What a server has done, for `/metrics`: vLLM's names, with `zonda:` before them.
final class ServerMetrics: Sendable {
    private struct Counts {
        var promptTokens = 0
        var generationTokens = 0
        var cachedTokens = 0
        var finished: OrderedDictionary<String, Int> = ["stop": 0, "length": 0, "tool_calls": 0, "cancelled": 0]
        var timeToFirstToken = Histogram.timeToFirstToken
        var timePerToken = Histogram.timePerToken
        var requestTime = Histogram.requestTime
    }

    private let counts = Mutex(OrderedDictionary<String, Counts>())

    /// Notes a request that was answered.
    func note(_ model: String, _ usage: Usage, _ reasons: [FinishReason], since start: ContinuousClock.Instant) {
        counts.withLock { counts in
            var own = counts[model] ?? Counts()
            own.promptTokens += usage.promptTokens
            own.generationTokens += usage.completionTokens
            own.cachedTokens += usage.cachedTokens
            for reason in reasons { own.finished[reason.rawValue, default: 0] += 1 }
            own.timeToFirstToken.add(usage.timeToFirstToken)
            if usage.completionTokens > 1 {
                own.timePerToken.add(usage.decodeTime / Double(usage.completionTokens - 1))
            }
            own.requestTime.add(start.duration(to: .now).seconds)
            counts[model] = own
        }
    }

    /// Notes a prompt that was computed and nothing generated from it.
    func note(_ model: String, promptTokens: Int, since start: ContinuousClock.Instant) {
        counts.withLock { counts in
            counts[model, default: Counts()].promptTokens += promptTokens
            counts[model, default: Counts()].requestTime.add(start.duration(to: .now).seconds)
        }
    }

    /// Prometheus's text exposition format, version 0.0.4.
    func text(_ models: [ModelPool.Status]) -> String {
        let counts = counts.withLock { $0 }
        let all = models.map { (label: Self.label($0.name), status: $0, counts: counts[$0.name] ?? Counts()) }
        var text = ExpositionText()
        text.add("num_requests_running", .gauge, "Sequences that the engine runs.") {
            all.map { ("{\($0.label)}", "\($0.status.runner?.load.runningCount ?? 0)") }
        }
        text.add("num_requests_waiting", .gauge, "Sequences that wait for their turn.") {
            all.map { ("{\($0.label)}", "\($0.status.runner?.load.waitingCount ?? 0)") }
        }
        text.add("kv_cache_usage_perc", .gauge, "The share of pages that running sequences use; 1 is all.") {
            all.map { ("{\($0.label)}", "\($0.status.runner?.load.pageShare ?? 0)") }
        }
        text.add("model_loaded", .gauge, "Whether the model is loaded.") {
            all.map { ("{\($0.label)}", $0.status.runner == nil ? "0" : "1") }
        }
        text.add("prompt_tokens_total", .counter, "Tokens of prompts, those from the cache among them.") {
            all.map { ("{\($0.label)}", "\($0.counts.promptTokens)") }
        }
        text.add("prefix_cache_hits_total", .counter, "Tokens of prompts whose keys and values were there already.") {
            all.map { ("{\($0.label)}", "\($0.counts.cachedTokens)") }
        }
        text.add("generation_tokens_total", .counter, "Tokens of answers.") {
            all.map { ("{\($0.label)}", "\($0.counts.generationTokens)") }
        }
        text.add("request_success_total", .counter, "Choices that were answered, by why they ended.") {
            all.flatMap { model in
                model.counts.finished.map { ("{\(model.label),finished_reason=\"\($0)\"}", "\($1)") }
            }
        }
        text.add("time_to_first_token_seconds", "From a request to its first token.") { name in
            all.flatMap { $0.counts.timeToFirstToken.lines(name, $0.label) }
        }
        text.add("time_per_output_token_seconds", "Between tokens, averaged over a request.") { name in
            all.flatMap { $0.counts.timePerToken.lines(name, $0.label) }
        }
        text.add("e2e_request_latency_seconds", "From a request to the end of its answer.") { name in
            all.flatMap { $0.counts.requestTime.lines(name, $0.label) }
        }
        return text.text
    }

    private static func label(_ name: String) -> String {
        let escaped = name.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return "model_name=\"\(escaped)\""
    }
}

/// Lines of the exposition format.
private struct ExpositionText {
    enum Kind: String { case gauge, counter }

    var text = ""

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ values: () -> [(labels: String, value: String)]) {
        begin(name, kind.rawValue, help)
        for (labels, value) in values() { text += "zonda:\(name)\(labels) \(value)\n" }
    }

    mutating func add(_ name: String, _ help: String, _ lines: (_ name: String) -> [String]) {
        begin(name, "histogram", help)
        for line in lines("zonda:\(name)") { text += line + "\n" }
    }

    private mutating func begin(_ name: String, _ kind: String, _ help: String) {
        text += "# HELP zonda:\(name) \(help)\n# TYPE zonda:\(name) \(kind)\n"
    }
}
