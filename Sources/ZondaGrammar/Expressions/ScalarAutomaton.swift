import ZondaCore

/// A deterministic automaton over characters: a regular language that can be intersected and complemented.
struct ScalarAutomaton: Hashable, Sendable {
    struct Edge: Hashable, Sendable {
        var scalars: ScalarSet
        var target: Int
    }

    /// By state; 0 is the start. The sets of a state's edges are disjoint.
    var edges: [[Edge]] = [[]]
    var isFinal: [Bool] = [false]

    /// Every text.
    static let all = ScalarAutomaton(edges: [[Edge(scalars: .all, target: 0)]], isFinal: [true])

    func contains(_ text: String, _ steps: inout StepCount) throws(ZondaError) -> Bool {
        var state = 0
        for scalar in text.unicodeScalars {
            try steps.add(1 + edges[state].count / 8)
            guard let edge = edges[state].first(where: { $0.scalars.contains(scalar.value) }) else { return false }
            state = edge.target
        }
        return isFinal[state]
    }

    /// Whether no text is accepted.
    var isEmpty: Bool { !canFinish[0] }

    /// By state: whether a text leads from it to a final one.
    private var canFinish: [Bool] {
        var sources: [[Int]] = Array(repeating: [], count: edges.count)
        for (state, edges) in edges.enumerated() {
            for edge in edges { sources[edge.target].append(state) }
        }
        var result = isFinal
        var queue = isFinal.indices.filter { isFinal[$0] }
        while let state = queue.popLast() {
            for source in sources[state] where !result[source] {
                result[source] = true
                queue.append(source)
            }
        }
        return result
    }

    /// The same language without the states that lead nowhere.
    func trimmed() -> ScalarAutomaton {
        let keeps = canFinish
        var numbers: [Int] = []
        var count = 0
        for state in edges.indices {
            let isKept = keeps[state] || state == 0
            numbers.append(isKept ? count : -1)
            if isKept { count += 1 }
        }
        var result = ScalarAutomaton(edges: [], isFinal: [])
        for state in edges.indices where numbers[state] >= 0 {
            var kept: [Int: [ClosedRange<UInt32>]] = [:]
            var order: [Int] = []
            for edge in edges[state] where keeps[edge.target] && !edge.scalars.isEmpty {
                let target = numbers[edge.target]
                if kept[target] == nil { order.append(target) }
                kept[target, default: []] += edge.scalars.ranges
            }
            result.edges.append(order.map { Edge(scalars: ScalarSet(kept[$0] ?? []), target: $0) })
            result.isFinal.append(isFinal[state])
        }
        return result
    }

    /// All other texts.
    var complement: ScalarAutomaton {
        var result = self
        let sink = edges.count
        for state in edges.indices {
            let rest = ScalarSet(edges[state].flatMap(\.scalars.ranges)).complement
            if !rest.isEmpty { result.edges[state].append(Edge(scalars: rest, target: sink)) }
            result.isFinal[state].toggle()
        }
        result.edges.append([Edge(scalars: .all, target: sink)])
        result.isFinal.append(true)
        return result.trimmed()
    }
}
