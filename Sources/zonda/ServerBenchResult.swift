import OrderedCollections
import Zonda
import ZondaCore

/// What clients saw of a server at one concurrency. Times are in seconds.
struct ServerBenchResult {
    var concurrency: Int
    var completedCount = 0
    /// How often each message came.
    var failures: OrderedDictionary<String, Int> = [:]
    /// From the first request to the end of the last.
    var duration = 0.0
    var timeToFirstToken: Distribution?
    /// Between parts of an answer with text, all requests together: what a reader sees.
    var betweenTokens: Distribution?
    /// Of each request, on average after its first token.
    var timePerToken: Distribution?
    var latency: Distribution?
    var tokenCount = 0
    var promptTokenCount = 0
    /// Whether the server said how many tokens there were; else parts with text were counted.
    var isCountedByServer = true
    /// Requests whose first token and tokens after it came in time.
    var goodCount = 0

    /// - Parameters:
    ///   - maxTimeToFirstToken: of a request that counts for goodput.
    ///   - maxTimePerToken: likewise, on average after the first.
    init(concurrency: Int, records: [ServerBench.Record], maxTimeToFirstToken: Double, maxTimePerToken: Double) {
        self.concurrency = concurrency
        var (first, between, perToken, latency): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        for record in records {
            switch record.answer {
            case .failure(let failure): failures[failure.message, default: 0] += 1
            case .success(let answer):
                guard let firstTime = answer.times.first, let lastTime = answer.times.last else { continue }
                completedCount += 1
                let count = answer.tokenCount ?? answer.times.count
                if answer.tokenCount == nil { isCountedByServer = false }
                tokenCount += count
                promptTokenCount += answer.promptTokenCount ?? 0
                first.append((firstTime - record.start).seconds)
                latency.append((record.end - record.start).seconds)
                between += zip(answer.times, answer.times.dropFirst()).map { ($1 - $0).seconds }
                let mean = count > 1 ? (lastTime - firstTime).seconds / Double(count - 1) : nil
                if let mean { perToken.append(mean) }
                if first[first.count - 1] <= maxTimeToFirstToken, mean ?? 0 <= maxTimePerToken { goodCount += 1 }
            }
        }
        timeToFirstToken = Distribution(first)
        betweenTokens = Distribution(between)
        timePerToken = Distribution(perToken)
        self.latency = Distribution(latency)
        if let start = records.map(\.start).min(), let end = records.map(\.end).max() {
            duration = (end - start).seconds
        }
    }

    var failedCount: Int { failures.values.reduce(0, +) }
    var tokensPerSecond: Double { rate(Double(tokenCount)) }
    var requestsPerSecond: Double { rate(Double(completedCount)) }
    /// Requests in time, a second.
    var goodput: Double { rate(Double(goodCount)) }

    private func rate(_ count: Double) -> Double { duration > 0 ? count / duration : 0 }
}

extension ServerBenchResult {
    static let heading =
        "".padded(to: 24) + "first token, ms".padded(to: 27) + "between tokens, ms".padded(to: 27)
        + "latency, s\nat a time    done  failed"
        + String(repeating: "  median      p95      p99", count: 3) + "   tok/s  requests/s  in time/s   in time"

    var row: String {
        func cells(_ values: Distribution?, scale: Double, places: Int) -> String {
            guard let values else { return String(repeating: "-".padded(leftTo: 9), count: 3).padded(leftTo: 26) }
            let texts = [values.median, values.p95, values.p99].map { Terminal.decimal($0 * scale, places) }
            return texts[0].padded(leftTo: 8) + texts[1].padded(leftTo: 9) + texts[2].padded(leftTo: 9)
        }
        let share = completedCount + failedCount > 0 ? Double(goodCount) / Double(completedCount + failedCount) : 0
        return "\(concurrency)".padded(leftTo: 9) + "\(completedCount)".padded(leftTo: 8)
            + "\(failedCount)".padded(leftTo: 8) + cells(timeToFirstToken, scale: 1e3, places: 1)
            + cells(betweenTokens, scale: 1e3, places: 1) + cells(latency, scale: 1, places: 2)
            + Terminal.decimal(tokensPerSecond, 1).padded(leftTo: 8)
            + Terminal.decimal(requestsPerSecond, 2).padded(leftTo: 12)
            + Terminal.decimal(goodput, 2).padded(leftTo: 11)
            + (Terminal.decimal(share * 100, 0) + " %").padded(leftTo: 10)
    }

    var json: JSONValue {
        .object([
            "concurrency": .integer(concurrency), "completed": .integer(completedCount),
            "failed": .integer(failedCount),
            "failures": .object(failures.mapValues { .integer($0) }),
            "duration": .number(duration), "timeToFirstToken": timeToFirstToken?.json ?? .null,
            "betweenTokens": betweenTokens?.json ?? .null, "timePerToken": timePerToken?.json ?? .null,
            "latency": latency?.json ?? .null, "tokens": .integer(tokenCount),
            "promptTokens": .integer(promptTokenCount), "tokensCountedByServer": .bool(isCountedByServer),
            "tokensPerSecond": .number(tokensPerSecond), "requestsPerSecond": .number(requestsPerSecond),
            "inTime": .integer(goodCount), "goodput": .number(goodput),
        ])
    }
}
