/// The pictures of `zonda bench --plot`.
extension BarChart {
    /// Prompt and decode rates.
    init(_ results: [BenchResult]) {
        func bars(_ color: Int, _ value: (BenchResult) -> Double) -> [Bar] {
            results.map {
                let label = "depth \($0.shape.depth), \($0.shape.concurrency) at a time"
                return Bar(label: label, value: value($0), color: color)
            }
        }
        panels = [
            Panel(title: "prompt, tok/s", bars: bars(0, \.promptTokensPerSecond)),
            Panel(title: "decode, tok/s", bars: bars(1, \.decodeTokensPerSecond)),
        ]
    }

    /// What clients saw of a server.
    init(_ results: [ServerBenchResult]) {
        func bars(_ scale: Double, _ values: (ServerBenchResult) -> Distribution?) -> [Bar] {
            results.flatMap { result -> [Bar] in
                guard let values = values(result) else { return [] }
                return [("median", values.median), ("p95", values.p95), ("p99", values.p99)].enumerated().map {
                    let label = $0.offset == 0 ? "\(result.concurrency) at a time, median" : $0.element.0
                    return Bar(label: label, value: $0.element.1 * scale, color: $0.offset)
                }
            }
        }
        let rates = results.map { Bar(label: "\($0.concurrency) at a time", value: $0.tokensPerSecond) }
        panels = [
            Panel(title: "first token, ms", bars: bars(1e3, \.timeToFirstToken)),
            Panel(title: "between tokens, ms", bars: bars(1e3, \.betweenTokens)),
            Panel(title: "all requests, tok/s", bars: rates),
        ]
    }
}
