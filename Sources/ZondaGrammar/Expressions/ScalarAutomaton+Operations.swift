import ZondaCore

extension ScalarAutomaton {
    /// A pattern of `\d{4}` has 5 states; one above this would take seconds to turn into bytes.
    static let maxStateCount = 20_000

    /// The texts of both.
    func intersection(_ other: ScalarAutomaton, _ steps: inout StepCount) throws(ZondaError) -> ScalarAutomaton {
        let ranges = (rangeCounts, other.rangeCounts)
        var numbers = [0: 0]
        var pairs = [(0, 0)]
        var result = ScalarAutomaton(edges: [], isFinal: [])
        var next = 0
        while next < pairs.count {
            let (left, right) = pairs[next]
            next += 1
            let (leftEdges, rightEdges) = (self.edges[left], other.edges[right])
            try steps.add(
                1 + leftEdges.count * rightEdges.count
                    + (ranges.0[left] * rightEdges.count + ranges.1[right] * leftEdges.count) / 8)
            var edges: [Edge] = []
            for a in leftEdges {
                for b in rightEdges {
                    let scalars = a.scalars.intersection(b.scalars)
                    guard !scalars.isEmpty else { continue }
                    let key = a.target * other.edges.count + b.target
                    let number = numbers[key] ?? pairs.count
                    if number == pairs.count {
                        numbers[key] = number
                        pairs.append((a.target, b.target))
                        try Self.check(pairs.count)
                    }
                    edges.append(Edge(scalars: scalars, target: number))
                }
            }
            result.edges.append(edges)
            result.isFinal.append(isFinal[left] && other.isFinal[right])
        }
        return result.trimmed()
    }

    /// By state: ranges of characters on its edges.
    private var rangeCounts: [Int] { edges.map { $0.reduce(0) { $0 + $1.scalars.ranges.count } } }

    /// The texts of `min` to `max` characters.
    static func length(min: Int, max: Int?) throws(ZondaError) -> ScalarAutomaton {
        guard min <= max ?? min else { return ScalarAutomaton() }
        try check(Swift.max(min, max ?? 0))
        var result = ScalarAutomaton(edges: [], isFinal: [])
        for count in 0...Swift.max(min, max ?? min) {
            let isLast = count == Swift.max(min, max ?? min)
            result.edges.append(
                isLast && max != nil ? [] : [Edge(scalars: .all, target: isLast ? count : count + 1)])
            result.isFinal.append(count >= min)
        }
        return result.trimmed()
    }

    /// Exactly these texts.
    static func words(
        _ words: some Swift.Sequence<String>, _ steps: inout StepCount
    ) throws(ZondaError) -> ScalarAutomaton {
        // By state and character, which has 21 bits.
        var targets: [Int: Int] = [:]
        var result = ScalarAutomaton()
        for word in words {
            try steps.add(1 + word.utf8.count)
            var state = 0
            for scalar in word.unicodeScalars {
                let key = state << 21 | Int(scalar.value)
                if let target = targets[key] {
                    state = target
                } else {
                    let target = result.edges.count
                    targets[key] = target
                    result.edges[state].append(Edge(scalars: ScalarSet(scalar.value), target: target))
                    result.edges.append([])
                    result.isFinal.append(false)
                    state = target
                }
            }
            result.isFinal[state] = true
        }
        return result
    }

    static func check(_ stateCount: Int) throws(ZondaError) {
        guard stateCount <= maxStateCount else {
            throw ZondaError(
                .badRequest,
                "patterns and lengths together need more than \(maxStateCount) states, the cap for one string",
                remedy: "use smaller repetition counts or lengths, or fewer patterns on one string")
        }
    }
}
