/// Counts of values below bounds, as Prometheus has them.
struct Histogram: Sendable {
    private let bounds: [Double]
    private var counts: [Int]
    private var sum = 0.0
    private var count = 0

    /// - Parameter bounds: rising; everything above the last one is counted too.
    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count)
    }

    mutating func add(_ value: Double) {
        count += 1
        sum += value
        if let index = bounds.firstIndex(where: { value <= $0 }) { counts[index] += 1 }
    }

    /// The lines of the exposition format.
    ///
    /// - Parameter labels: `model_name="x"`.
    func lines(_ name: String, _ labels: String) -> [String] {
        var lines: [String] = []
        var below = 0
        for (bound, count) in zip(bounds, counts) {
            below += count
            lines.append("\(name)_bucket{\(labels),le=\"\(bound)\"} \(below)")
        }
        lines.append("\(name)_bucket{\(labels),le=\"+Inf\"} \(count)")
        lines.append("\(name)_sum{\(labels)} \(sum)")
        lines.append("\(name)_count{\(labels)} \(count)")
        return lines
    }

    /// Bounds of vLLM's histograms of the same name, in seconds.
    static let timeToFirstToken = Histogram([
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160,
    ])
    static let timePerToken = Histogram([
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ])
    static let requestTime = Histogram([
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960,
    ])
}
