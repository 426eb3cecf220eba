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
    /// Minimizing takes rounds over all states, in the worst case as many as there are; above this it isn't worth it.
    private static let maxMinimizedCount = 1024

    /// 0 is the start.
    private(set) var states: [State] = []

    /// Subset construction.
    init(_ machine: RuleMachine) throws(ZondaError) {
        var builder = SubsetBuilder(machine)
        states = try builder.build()
    }

    /// Rules that some text leads through.
    func canFinish(calling isProductive: (Int) -> Bool) -> Bool { finishing(calling: isProductive)[0] }

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

    /// Moore's algorithm: states are split until those in one class act alike.
    private mutating func minimize() {
        var classes = states.map { $0.isFinal ? 1 : 0 }
        var count = Set(classes).count
        while true {
            var numbers: [State: Int] = [:]
            var next: [Int] = []
            next.reserveCapacity(states.count)
            for (index, state) in states.enumerated() {
                var signature = Self.mapped(state, classes)
                // The class so far: without it, classes could join again.
                signature.tokens[-1] = classes[index]
                let number = numbers[signature] ?? numbers.count
                numbers[signature] = number
                next.append(number)
            }
            classes = next
            if numbers.count == count { break }
            count = numbers.count
        }
        renumber(classes)
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
