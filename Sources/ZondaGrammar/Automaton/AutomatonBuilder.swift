import ZondaCore

/// Compiles a grammar's rules.
struct AutomatonBuilder {
    /// A schema of a thousand properties has some thousands of rules; beyond this, a request is more likely an attack.
    static let maxRuleCount = 100_000
    /// The tables of states stay below some hundred MiB.
    static let maxTotalStateCount = 1_000_000
    /// [states, byte classes]: 256 MiB.
    static let maxTableCount = 64 << 20
    /// Transitions of all rules, before equivalent states are joined: some hundred MiB.
    static let maxTransitionCount = 5_000_000
    /// States of nondeterministic automata, and members of subsets of them that are looked at, for all rules together:
    /// some seconds.
    static let maxStepCount = 40_000_000
    /// A repeated part whose copies would have more states than this becomes a loop with a count.
    private static let maxCopiedStates = 512
    /// A rule up to this size is copied into its callers: calls cost time and make callers less deterministic.
    private static let maxInlinedCost = 24

    enum Rule {
        case expression(Expression)
        case loop(body: Int, min: Int, max: Int?)
    }

    private var rules: [Rule]
    private let facts: GrammarFacts
    private var automata: [Int: RuleAutomaton] = [:]

    static func build(_ grammar: Grammar) throws(ZondaError) -> Automaton {
        var builder = AutomatonBuilder(grammar)
        if let cycle = builder.facts.leftRecursion {
            throw ZondaError(
                .badRequest, "rule \(cycle) of the grammar calls itself before it has read anything (left recursion)",
                remedy: "rewrite it so that each alternative begins with what it reads")
        }
        let root = builder.rules.count
        builder.rules.append(.expression(grammar.root))
        try builder.compile(root)
        builder.tidy()
        guard builder.isProductive[root] else {
            throw ZondaError(
                .badRequest, "the grammar has no text at all", remedy: "give it an alternative that can be completed")
        }
        return try builder.assemble(root)
    }

    private init(_ grammar: Grammar) {
        rules = grammar.rules.map { .expression($0) }
        facts = grammar.facts ?? GrammarFacts(grammar.rules)
    }

    // MARK: Rules to automata

    private mutating func compile(_ root: Int) throws(ZondaError) {
        var queue = [root]
        var steps = 0
        var stateCount = 0
        var transitionCount = 0
        while let number = queue.popLast() {
            guard automata[number] == nil else { continue }
            switch rules[number] {
            case .loop(let body, _, _): queue.append(body)
            case .expression(let expression):
                var machine = RuleMachine()
                machine.final = try add(expression, from: 0, to: &machine)
                let automaton = try RuleAutomaton(machine, steps: &steps)
                automata[number] = automaton
                stateCount += automaton.states.count
                for state in automaton.states {
                    queue += state.calls.keys.filter { automata[$0] == nil }
                    transitionCount += state.bytes.count + state.calls.count + state.tokens.count
                }
                try Self.check(automata.count, upTo: Self.maxRuleCount, "rules")
                try Self.check(stateCount, upTo: Self.maxTotalStateCount, "states")
                try Self.check(transitionCount, upTo: Self.maxTransitionCount, "transitions between states")
                try Self.check(steps, upTo: Self.maxStepCount, "steps of compilation")
            }
        }
    }

    private static func check(_ count: Int, upTo cap: Int, _ what: String) throws(ZondaError) {
        guard count <= cap else {
            throw ZondaError(
                .badRequest, "the grammar needs more than \(cap) \(what), the cap",
                remedy: "use a smaller schema or grammar")
        }
    }

    /// Adds states for `expression` from a state on; the result is the state after it.
    private mutating func add(
        _ expression: Expression, from start: Int, to machine: inout RuleMachine
    ) throws(ZondaError) -> Int {
        switch expression {
        case .literal(let bytes):
            var state = start
            for byte in bytes {
                let next = try machine.addState()
                machine.addEdge(state, .bytes(ByteSet(byte)), next)
                state = next
            }
            return state
        case .scalars(let scalars):
            let end = try machine.addState()
            try machine.addPaths(CharacterEncoding.utf8.paths(of: scalars), from: start, to: end)
            return end
        case .token(let token):
            let end = try machine.addState()
            machine.addEdge(start, .token(token), end)
            return end
        case .sequence(let parts):
            var state = start
            for part in parts { state = try add(part, from: state, to: &machine) }
            return state
        case .choice(let parts):
            let end = try machine.addState()
            for part in parts {
                let first = try machine.addState()
                machine.addEpsilon(start, first)
                machine.addEpsilon(try add(part, from: first, to: &machine), end)
            }
            return end
        case .repeated(let part, let min, let max):
            return try addRepetition(part, min, max, from: start, to: &machine)
        case .rule(let number):
            if let cost = facts.cost(ofRule: number), cost <= Self.maxInlinedCost,
                case .expression(let body) = rules[number]
            {
                return try add(body, from: start, to: &machine)
            }
            let end = try machine.addState()
            machine.addEdge(start, .call(number), end)
            return end
        case .graph(let graph):
            var states: [Int] = []
            for _ in 0..<graph.stateCount { states.append(try machine.addState()) }
            machine.addEpsilon(start, states[graph.start])
            for edge in graph.edges {
                let first = try machine.addState()
                machine.addEpsilon(states[edge.from], first)
                machine.addEpsilon(try add(edge.expression, from: first, to: &machine), states[edge.to])
            }
            let end = try machine.addState()
            for state in graph.finals { machine.addEpsilon(states[state], end) }
            return end
        case .characters(let automaton, let encoding):
            var states: [Int] = []
            for _ in automaton.edges { states.append(try machine.addState()) }
            machine.addEpsilon(start, states[0])
            let end = try machine.addState()
            for (state, edges) in automaton.edges.enumerated() {
                for edge in edges {
                    try machine.addPaths(
                        encoding.paths(of: edge.scalars), from: states[state], to: states[edge.target])
                }
                if automaton.isFinal[state] { machine.addEpsilon(states[state], end) }
            }
            return end
        }
    }

    private mutating func addRepetition(
        _ part: Expression, _ min: Int, _ max: Int?, from start: Int, to machine: inout RuleMachine
    ) throws(ZondaError) -> Int {
        if let max, max < min { return try machine.addState() }
        let isNullable = facts.isNullable(part)
        // What may be empty may be empty as often as it must be.
        let min = isNullable ? 0 : min
        let copies = max ?? min
        let cost = facts.cost(part) ?? 1
        if copies > 1, cost.multipliedReportingOverflow(by: copies).overflow || cost * copies > Self.maxCopiedStates {
            guard !isNullable else {
                throw ZondaError(
                    .badRequest, "a part that may be empty is repeated up to \(copies) times, which is above the cap",
                    remedy: "make the part itself not optional, or leave out the limit")
            }
            guard copies <= Int(Int32.max) - 1 else {
                throw ZondaError(
                    .badRequest, "a repetition count of \(copies) is above the cap of \(Int32.max - 1)",
                    remedy: "use a smaller count, or none")
            }
            rules.append(.expression(part))
            rules.append(.loop(body: rules.count - 1, min: min, max: max))
            let end = try machine.addState()
            machine.addEdge(start, .call(rules.count - 1), end)
            return end
        }
        var state = start
        for _ in 0..<min { state = try add(part, from: state, to: &machine) }
        guard let max else {
            let loop = try machine.addState()
            machine.addEpsilon(state, loop)
            machine.addEpsilon(try add(part, from: loop, to: &machine), loop)
            return loop
        }
        let end = try machine.addState()
        machine.addEpsilon(state, end)
        for _ in min..<max {
            let first = try machine.addState()
            machine.addEpsilon(state, first)
            state = try add(part, from: first, to: &machine)
            machine.addEpsilon(state, end)
        }
        return end
    }

    // MARK: Automata to one

    /// By rule: whether it has a text.
    private var isProductive: [Bool] = []

    /// Finds the rules that have a text, and leaves out what calls others.
    private mutating func tidy() {
        isProductive = productiveRules()
        // A loop that may run no times has a text, but its body may have none: it is then the empty text.
        for number in rules.indices {
            if case .loop(let body, 0, _) = rules[number], !isProductive[body] {
                rules[number] = .loop(body: body, min: 0, max: 0)
            }
        }
        for number in automata.keys {
            automata[number]?.tidy(calling: { isProductive[$0] })
        }
    }

    private func productiveRules() -> [Bool] {
        var deduction = Deduction()
        let firstRule = deduction.addFacts(rules.count)
        for (number, rule) in rules.enumerated() {
            if case .loop(let body, let min, _) = rule {
                deduction.add(firstRule + number, from: min == 0 ? Deduction.given : firstRule + body)
            }
        }
        for (number, automaton) in automata {
            // That some text leads from a state to the rule's end.
            let firstState = deduction.addFacts(automaton.states.count)
            deduction.add(firstRule + number, from: firstState)
            for (index, state) in automaton.states.enumerated() {
                if state.isFinal { deduction.add(firstState + index, from: Deduction.given) }
                for target in state.bytes.values { deduction.add(firstState + index, from: firstState + target) }
                for target in state.tokens.values { deduction.add(firstState + index, from: firstState + target) }
                for (rule, target) in state.calls {
                    deduction.add(firstState + index, from: firstState + target, and: firstRule + rule)
                }
            }
        }
        return Array(deduction.solved()[firstRule..<firstRule + rules.count])
    }

    private func assemble(_ root: Int) throws(ZondaError) -> Automaton {
        var automaton = Automaton()
        var order = [root]
        var firstStates: [Int: Int] = [:]
        var loopNumbers: [Int: Int] = [:]
        var next = 0
        var stateCount = 0
        while next < order.count {
            let number = order[next]
            next += 1
            guard firstStates[number] == nil, loopNumbers[number] == nil else { continue }
            if case .loop(let body, _, let max) = rules[number] {
                loopNumbers[number] = loopNumbers.count
                if max != 0 { order.append(body) }
            } else if let rule = automata[number] {
                firstStates[number] = stateCount
                stateCount += rule.states.count
                for state in rule.states { order += state.calls.keys.sorted() }
            }
        }
        let classes = ByteClasses(
            Set(automata.filter { firstStates[$0.key] != nil }.values.flatMap { $0.states.flatMap(\.bytes.keys) }))
        try Self.check(stateCount * classes.count, upTo: Self.maxTableCount, "transitions by byte")
        automaton.classOf = classes.classOf
        automaton.classCount = classes.count
        var classesOfSet: [ByteSet: [Int]] = [:]
        for (number, first) in firstStates.sorted(by: { $0.value < $1.value }) {
            for state in automata[number]?.states ?? [] {
                var row = [Int32](repeating: -1, count: classes.count)
                for (bytes, target) in state.bytes {
                    let found = classesOfSet[bytes] ?? classes.classes(in: bytes)
                    classesOfSet[bytes] = found
                    for index in found { row[index] = Int32(first + target) }
                }
                automaton.targets += row
                automaton.reads.append(!state.bytes.isEmpty || !state.tokens.isEmpty)
                automaton.isFinal.append(state.isFinal)
                automaton.tokens.append(state.tokens.mapValues { Int32(first + $0) })
                automaton.calls.append(
                    state.calls.sorted { $0.key < $1.key }.map { rule, target in
                        let callee = firstStates[rule] ?? ~(loopNumbers[rule] ?? 0)
                        let onlyEnds = automata[number]?.states[target].onlyEnds ?? false
                        return Automaton.Call(
                            callee: Automaton.Frame(place: Int32(callee)),
                            next: onlyEnds ? nil : Automaton.Frame(place: Int32(first + target)))
                    })
            }
        }
        for (number, _) in loopNumbers.sorted(by: { $0.value < $1.value }) {
            guard case .loop(let body, let min, let max) = rules[number] else { continue }
            automaton.loops.append(
                Automaton.Loop(body: Int32(firstStates[body] ?? 0), min: Int32(min), max: Int32(max ?? -1)))
        }
        automaton.start = Automaton.Frame(place: Int32(firstStates[root] ?? 0))
        return automaton
    }
}
