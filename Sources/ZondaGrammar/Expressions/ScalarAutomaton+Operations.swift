import ZondaCore

extension ScalarAutomaton {
    /// A pattern of `\d{4}` has 5 states; one above this would take seconds to turn into bytes.
    static let maxStateCount = 20_000
    /// Members of subsets and pairs of edges that one operation may look at: some hundred milliseconds.
    static let maxStepCount = 2_000_000

    /// The texts of both.
    func intersection(_ other: ScalarAutomaton) throws(ZondaError) -> ScalarAutomaton {
        var numbers: [[Int]: Int] = [[0, 0]: 0]
        var pairs = [(0, 0)]
        var result = ScalarAutomaton(edges: [], isFinal: [])
        var next = 0
        var stepCount = 0
        while next < pairs.count {
            let (left, right) = pairs[next]
            next += 1
            stepCount += 1 + self.edges[left].count * other.edges[right].count
            try Self.check(steps: stepCount)
            var edges: [Edge] = []
            for a in self.edges[left] {
                for b in other.edges[right] {
                    let scalars = a.scalars.intersection(b.scalars)
                    guard !scalars.isEmpty else { continue }
                    let number = numbers[[a.target, b.target]] ?? pairs.count
                    if number == pairs.count {
                        numbers[[a.target, b.target]] = number
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

    /// The texts of `min` to `max` characters.
    static func length(min: Int, max: Int?) throws(ZondaError) -> ScalarAutomaton {
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
    static func words(_ words: some Swift.Sequence<String>) -> ScalarAutomaton {
        var result = ScalarAutomaton()
        for word in words {
            var state = 0
            for scalar in word.unicodeScalars {
                let set = ScalarSet(scalar.value)
                if let edge = result.edges[state].first(where: { $0.scalars == set }) {
                    state = edge.target
                } else {
                    result.edges[state].append(Edge(scalars: set, target: result.edges.count))
                    state = result.edges.count
                    result.edges.append([])
                    result.isFinal.append(false)
                }
            }
            result.isFinal[state] = true
        }
        return result
    }

    static func check(steps: Int) throws(ZondaError) {
        guard steps <= maxStepCount else {
            throw ZondaError(
                .badRequest, "a pattern is so ambiguous that it takes more than \(maxStepCount) steps, the cap",
                remedy: "use smaller repetition counts, above all within each other")
        }
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
