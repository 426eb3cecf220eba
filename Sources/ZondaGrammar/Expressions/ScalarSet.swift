/// A set of Unicode scalars (code points without surrogates) as sorted ranges that do not touch.
struct ScalarSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let all = ScalarSet(sorted: [0...0xD7FF, 0xE000...0x10FFFF])
    static let none = ScalarSet(sorted: [])

    private init(sorted ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

    init(_ scalar: UInt32) { self.init([scalar...scalar]) }

    /// Ranges in any order; surrogates and what is beyond U+10FFFF are left out.
    init(_ ranges: [ClosedRange<UInt32>]) {
        self.init(sorted: Self.merged(ranges))
        if let last = self.ranges.last, last.upperBound > 0x10FFFF || containsSurrogates { formIntersection(.all) }
    }

    init(_ text: String) { self.init(text.unicodeScalars.map { $0.value...$0.value }) }

    var isEmpty: Bool { ranges.isEmpty }

    private var containsSurrogates: Bool {
        ranges.contains { $0.lowerBound <= 0xDFFF && $0.upperBound >= 0xD800 }
    }

    func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(scalar)
    }

    mutating func formUnion(_ other: ScalarSet) { ranges = Self.merged(ranges + other.ranges) }

    mutating func formIntersection(_ other: ScalarSet) {
        var result: [ClosedRange<UInt32>] = []
        var left = 0
        var right = 0
        while left < ranges.count, right < other.ranges.count {
            let low = max(ranges[left].lowerBound, other.ranges[right].lowerBound)
            let high = min(ranges[left].upperBound, other.ranges[right].upperBound)
            if low <= high { result.append(low...high) }
            if ranges[left].upperBound < other.ranges[right].upperBound { left += 1 } else { right += 1 }
        }
        ranges = result
    }

    mutating func subtract(_ other: ScalarSet) { formIntersection(other.complement) }

    func union(_ other: ScalarSet) -> ScalarSet {
        var result = self
        result.formUnion(other)
        return result
    }

    func intersection(_ other: ScalarSet) -> ScalarSet {
        var result = self
        result.formIntersection(other)
        return result
    }

    func subtracting(_ other: ScalarSet) -> ScalarSet { intersection(other.complement) }

    /// All scalars that are not in the set.
    var complement: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return ScalarSet(sorted: gaps).intersection(.all)
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound || range.lowerBound - 1 == last.upperBound {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}
