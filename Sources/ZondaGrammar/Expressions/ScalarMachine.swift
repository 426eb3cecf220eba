import ZondaCore

/// A nondeterministic automaton over characters, and how it becomes a deterministic one.
struct ScalarMachine {
    private(set) var edges: [[(set: Int, target: Int)]] = [[]]
    private(set) var epsilons: [[Int]] = [[]]
    /// What edges read, each set once: copies of a repeated part share theirs.
    private var sets: [ScalarSet] = []
    private var setNumbers: [ScalarSet: Int] = [:]

    mutating func addState() -> Int {
        edges.append([])
        epsilons.append([])
        return edges.count - 1
    }

    mutating func addEdge(_ from: Int, _ scalars: ScalarSet, _ to: Int) {
        let number = setNumbers[scalars] ?? sets.count
        if number == sets.count {
            setNumbers[scalars] = number
            sets.append(scalars)
        }
        edges[from].append((number, to))
    }

    mutating func addEpsilon(_ from: Int, _ to: Int) { epsilons[from].append(to) }

    /// Subset construction from state 0; `final` is the only final state.
    func determinized(final: Int, _ steps: inout StepCount) throws(ZondaError) -> ScalarAutomaton {
        var result = ScalarAutomaton(edges: [], isFinal: [])
        let start = closure([0])
        var numbers = [start: 0]
        var subsets = [start]
        var cells: [[Int]: [Cell]] = [:]
        try steps.add(start.count)
        while result.edges.count < subsets.count {
            let subset = subsets[result.edges.count]
            var targets: [Int: Set<Int>] = [:]
            for state in subset {
                try steps.add(1 + edges[state].count)
                for edge in edges[state] { targets[edge.set, default: []].insert(edge.target) }
            }
            let used = targets.keys.sorted()
            if cells[used] == nil { cells[used] = try cut(used, &steps) }
            let parts = cells[used] ?? []
            var outgoing: [Int: [ClosedRange<UInt32>]] = [:]
            var order: [Int] = []
            for part in parts {
                var members: Set<Int> = []
                for set in part.sets { members.formUnion(targets[set] ?? []) }
                let target = closure(members)
                try steps.add(part.sets.count + target.count + part.scalars.ranges.count)
                let number = numbers[target] ?? subsets.count
                if number == subsets.count {
                    numbers[target] = number
                    subsets.append(target)
                    try ScalarAutomaton.check(subsets.count)
                }
                if outgoing[number] == nil { order.append(number) }
                outgoing[number, default: []] += part.scalars.ranges
            }
            result.edges.append(
                order.map { ScalarAutomaton.Edge(scalars: ScalarSet(outgoing[$0] ?? []), target: $0) })
            result.isFinal.append(subset.contains(final))
        }
        return result.trimmed()
    }

    private struct Cell {
        var scalars: ScalarSet
        /// Those that it is part of.
        var sets: [Int]
    }

    /// The sets of these numbers, cut into disjoint cells.
    private func cut(_ numbers: [Int], _ steps: inout StepCount) throws(ZondaError) -> [Cell] {
        var cells: [Cell] = []
        for number in numbers {
            var rest = sets[number]
            for index in cells.indices where !rest.isEmpty {
                let cell = cells[index]
                try steps.add(1 + (cell.scalars.ranges.count + rest.ranges.count) / 8)
                let common = cell.scalars.intersection(rest)
                guard !common.isEmpty else { continue }
                rest.subtract(common)
                let remaining = cell.scalars.subtracting(common)
                if !remaining.isEmpty { cells.append(Cell(scalars: remaining, sets: cell.sets)) }
                cells[index] = Cell(scalars: common, sets: cell.sets + [number])
                try steps.add(cell.sets.count / 8)
            }
            if !rest.isEmpty { cells.append(Cell(scalars: rest, sets: [number])) }
        }
        return cells
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
