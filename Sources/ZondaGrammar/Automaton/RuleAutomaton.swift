import ZondaCore

/// One rule as a deterministic automaton: in a state, a byte, a called rule and a special token each lead to at most one
/// state.
struct RuleAutomaton {
    /// What a state can do next. Byte sets are disjoint.
    struct State: Hashable {
        var bytes: [ByteSet: Int] = [:]
        var calls: [Int: Int] = [:]
        var tokens: [TokenID: Int] = [:]
        var isFinal = false

        /// Whether the rule is over here, with nothing more to come.
        var onlyEnds: Bool { isFinal && bytes.isEmpty && calls.isEmpty && tokens.isEmpty }
    }

    /// Far above what schemas and grammars in use have; subsets can grow exponentially, and each state's mask costs up to
    /// milliseconds when it is first met.
    static let maxStateCount = 65_536
    /// Minimizing looks at a state some ten times, each time for microseconds; above this it isn't worth it.
    private static let maxMinimizedCount = 4096

    /// 0 is the start.
    private(set) var states: [State] = []

    /// Subset construction.
    /// - Parameter steps: raised by what it took.
    init(_ machine: RuleMachine, steps: inout Int) throws(ZondaError) {
        var builder = SubsetBuilder(machine)
        states = try builder.build()
        steps += machine.stateCount + builder.stepCount
    }

    /// By state: whether some text leads from it to the rule's end.
    private func finishing(calling isProductive: (Int) -> Bool) -> [Bool] {
        var sources: [[Int]] = Array(repeating: [], count: states.count)
        for (number, state) in states.enumerated() {
            for target in state.bytes.values { sources[target].append(number) }
            for target in state.tokens.values { sources[target].append(number) }
            for (rule, target) in state.calls where isProductive(rule) { sources[target].append(number) }
        }
        var result = states.map(\.isFinal)
        var queue = states.indices.filter { states[$0].isFinal }
        while let state = queue.popLast() {
            for source in sources[state] where !result[source] {
                result[source] = true
                queue.append(source)
            }
        }
        return result
    }

    /// Leaves out what leads to no text, so that whatever can begin can also end; then joins equivalent states.
    mutating func tidy(calling isProductive: (Int) -> Bool) {
        let keeps = finishing(calling: isProductive)
        for index in states.indices {
            states[index].bytes = states[index].bytes.filter { keeps[$0.value] }
            states[index].tokens = states[index].tokens.filter { keeps[$0.value] }
            states[index].calls = states[index].calls.filter { isProductive($0.key) && keeps[$0.value] }
        }
        renumber(Array(states.indices))
        if states.count <= Self.maxMinimizedCount { minimize() }
    }

    /// Splits classes of states until those in one class act alike. As in Hopcroft's algorithm (1971), only states that
    /// lead to what changed its class are looked at again, and the largest part of a class stays it.
    private mutating func minimize() {
        var sources: [[Int]] = Array(repeating: [], count: states.count)
        for (index, state) in states.enumerated() {
            for target in state.bytes.values { sources[target].append(index) }
            for target in state.calls.values { sources[target].append(index) }
            for target in state.tokens.values { sources[target].append(index) }
        }
        var classes = states.map { $0.isFinal ? 1 : 0 }
        var members: [Set<Int>] = [[], []]
        for (index, number) in classes.enumerated() { members[number].insert(index) }
        var changed = Set(states.indices)
        while !changed.isEmpty {
            var concerned: [Int: [Int]] = [:]
            for index in changed.sorted() { concerned[classes[index], default: []].append(index) }
            // Applied after the round, so that all of it sees the same classes.
            var leaving: [Set<Int>] = []
            for (number, indices) in concerned.sorted(by: { $0.key < $1.key }) {
                leaving += partsLeaving(members[number], looking: indices, classes)
            }
            changed = []
            for part in leaving {
                guard let first = part.first else { continue }
                members[classes[first]].subtract(part)
                for index in part {
                    classes[index] = members.count
                    changed.formUnion(sources[index])
                }
                members.append(part)
            }
        }
        renumber(classes)
    }

    /// The parts of a class that act otherwise than its largest part. All but `indices` still act alike.
    private func partsLeaving(_ members: Set<Int>, looking indices: [Int], _ classes: [Int]) -> [Set<Int>] {
        var parts: [State: Set<Int>] = [:]
        var order: [State] = []
        for index in indices {
            let signature = Self.mapped(states[index], classes)
            if parts[signature] == nil { order.append(signature) }
            parts[signature, default: []].insert(index)
        }
        var otherCount = members.count - indices.count
        if otherCount > 0 {
            let looked = Set(indices)
            if let other = members.first(where: { !looked.contains($0) }) {
                let alike = parts.removeValue(forKey: Self.mapped(states[other], classes))
                otherCount += alike?.count ?? 0
            }
        }
        var result = order.compactMap { parts[$0] }
        guard let largest = result.indices.max(by: { result[$0].count < result[$1].count }),
            result[largest].count > otherCount
        else { return result }
        let kept = result.remove(at: largest)
        let others = members.subtracting(result.reduce(into: kept) { $0.formUnion($1) })
        return others.isEmpty ? result : result + [others]
    }

    /// Joins states of one class and keeps those that can be reached, the start first.
    private mutating func renumber(_ classes: [Int]) {
        var representatives: [Int: Int] = [:]
        for (index, number) in classes.enumerated() where representatives[number] == nil {
            representatives[number] = index
        }
        var order = [classes[0]]
        var numbers = [classes[0]: 0]
        var result: [State] = []
        while result.count < order.count {
            guard let representative = representatives[order[result.count]] else { break }
            let state = Self.mapped(states[representative], classes)
            let targets = [state.bytes.values.sorted(), state.tokens.values.sorted(), state.calls.values.sorted()]
            for target in targets.joined() where numbers[target] == nil {
                numbers[target] = order.count
                order.append(target)
            }
            result.append(state)
        }
        states = result.map { state in
            State(
                bytes: state.bytes.mapValues { numbers[$0] ?? 0 }, calls: state.calls.mapValues { numbers[$0] ?? 0 },
                tokens: state.tokens.mapValues { numbers[$0] ?? 0 }, isFinal: state.isFinal)
        }
    }

    /// The state with classes for targets; byte sets that lead to one class become one.
    private static func mapped(_ state: State, _ classes: [Int]) -> State {
        var sets: [Int: ByteSet] = [:]
        for (bytes, target) in state.bytes { sets[classes[target], default: ByteSet()].formUnion(bytes) }
        var result = State(isFinal: state.isFinal)
        for (target, bytes) in sets { result.bytes[bytes] = target }
        result.calls = state.calls.mapValues { classes[$0] }
        result.tokens = state.tokens.mapValues { classes[$0] }
        return result
    }
}
