import ZondaCore

/// A nondeterministic automaton over characters, and how it becomes a deterministic one.
struct ScalarMachine {
    private(set) var edges: [[(scalars: ScalarSet, target: Int)]] = [[]]
    private(set) var epsilons: [[Int]] = [[]]

    mutating func addState() -> Int {
        edges.append([])
        epsilons.append([])
        return edges.count - 1
    }

    mutating func addEdge(_ from: Int, _ scalars: ScalarSet, _ to: Int) { edges[from].append((scalars, to)) }

    mutating func addEpsilon(_ from: Int, _ to: Int) { epsilons[from].append(to) }

    /// Subset construction from state 0; `final` is the only final state.
    func determinized(final: Int) throws(ZondaError) -> ScalarAutomaton {
        var result = ScalarAutomaton(edges: [], isFinal: [])
        let start = closure([0])
        var numbers = [start: 0]
        var subsets = [start]
        var stepCount = start.count
        while result.edges.count < subsets.count {
            let subset = subsets[result.edges.count]
            var outgoing: [ScalarAutomaton.Edge] = []
            for (scalars, targets) in try partition(subset, &stepCount) {
                let target = closure(targets)
                let number = numbers[target] ?? subsets.count
                if number == subsets.count {
                    numbers[target] = number
                    subsets.append(target)
                    stepCount += target.count
                    try ScalarAutomaton.check(subsets.count)
                }
                if let index = outgoing.firstIndex(where: { $0.target == number }) {
                    outgoing[index].scalars.formUnion(scalars)
                } else {
                    outgoing.append(ScalarAutomaton.Edge(scalars: scalars, target: number))
                }
            }
            result.edges.append(outgoing)
            result.isFinal.append(subset.contains(final))
        }
        return result.trimmed()
    }

    /// The edges of a subset, cut into disjoint sets with all targets of each.
    private func partition(
        _ subset: [Int], _ stepCount: inout Int
    ) throws(ZondaError) -> [(ScalarSet, Set<Int>)] {
        var parts: [(ScalarSet, Set<Int>)] = []
        for state in subset {
            for edge in edges[state] {
                var rest = edge.scalars
                stepCount += 1 + parts.count
                try ScalarAutomaton.check(steps: stepCount)
                for index in parts.indices where !rest.isEmpty {
                    let common = parts[index].0.intersection(rest)
                    guard !common.isEmpty else { continue }
                    rest.subtract(common)
                    if parts[index].1.contains(edge.target) { continue }
                    let remaining = parts[index].0.subtracting(common)
                    let targets = parts[index].1
                    parts[index] = (common, targets.union([edge.target]))
                    if !remaining.isEmpty { parts.append((remaining, targets)) }
                }
                if !rest.isEmpty { parts.append((rest, [edge.target])) }
            }
        }
        return parts
    }

    private func closure(_ states: Set<Int>) -> [Int] {
        var seen = states
        var queue = Array(states)
        while let state = queue.popLast() {
            for next in epsilons[state] where seen.insert(next).inserted { queue.append(next) }
        }
        return seen.sorted()
    }
}
