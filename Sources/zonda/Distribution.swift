import OrderedCollections
import Zonda

/// What of many values matters to those who wait for them: the middle one, and how bad it gets.
struct Distribution: Hashable {
    var median: Double
    var p95: Double
    var p99: Double

    /// Nil when there are no values.
    init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        median = Self.quantile(0.5, of: sorted)
        p95 = Self.quantile(0.95, of: sorted)
        p99 = Self.quantile(0.99, of: sorted)
    }

    /// The value below which a share of `sorted` lies, between two of them by a straight line (type 7 of Hyndman and Fan
    /// 1996, which is NumPy's).
    static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
        return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - Double(below))
    }

    var json: JSONValue { .object(["median": .number(median), "p95": .number(p95), "p99": .number(p99)]) }
}
