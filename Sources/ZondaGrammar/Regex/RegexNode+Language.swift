import ZondaCore

extension RegexNode {
    /// Copies of a repeated part are spelled out: `ScalarAutomaton.maxStateCount` would stop more of them anyway.
    private static let maxMachineStates = 400_000
    /// Alternatives that anchors in groups are multiplied out to.
    private static let maxAlternatives = 1000
    /// Nodes of all of those: without groups that have anchors, there are no more than `RegexParser.maxTextBytes`.
    private static let maxAlternativeNodes = 200_000

    /// The expression of texts that match as a whole.
    func wholeMatch() throws(ZondaError) -> Expression {
        try .choice(Self.expression(alternatives().map(\.body)))
    }

    private static func expression(_ nodes: [RegexNode]) -> [Expression] { nodes.map { $0.expression() } }

    private func expression() -> Expression {
        switch self {
        case .scalars(let scalars): .scalars(scalars)
        case .sequence(let parts): .sequence(parts.map { $0.expression() })
        case .choice(let parts): .choice(parts.map { $0.expression() })
        case .repeated(let part, let min, let max): .repeated(part.expression(), min: min, max: max)
        case .startAnchor, .endAnchor: .empty
        }
    }

    /// The language of texts in which a match occurs, as JSON Schema's `pattern` means it (ECMA-262): anchors tie an
    /// alternative to an end of the text.
    func search(_ steps: inout StepCount) throws(ZondaError) -> ScalarAutomaton {
        var machine = ScalarMachine()
        let final = machine.addState()
        for alternative in try alternatives() {
            let first = machine.addState()
            machine.addEpsilon(0, first)
            if !alternative.isAtStart { machine.addEdge(first, .all, first) }
            let begin = machine.addState()
            machine.addEpsilon(first, begin)
            let end = try Self.add(alternative.body, from: begin, to: &machine)
            let last = machine.addState()
            machine.addEpsilon(end, last)
            if !alternative.isAtEnd { machine.addEdge(last, .all, last) }
            machine.addEpsilon(last, final)
        }
        try steps.add(machine.edges.count)
        return try machine.determinized(final: final, &steps)
    }

    private static func add(
        _ node: RegexNode, from start: Int, to machine: inout ScalarMachine
    ) throws(ZondaError) -> Int {
        guard machine.edges.count < maxMachineStates else {
            throw ZondaError(
                .badRequest, "the pattern needs more than \(maxMachineStates) states, the cap",
                remedy: "use smaller repetition counts")
        }
        switch node {
        case .scalars(let scalars):
            let end = machine.addState()
            machine.addEdge(start, scalars, end)
            return end
        case .sequence(let parts) where !parts.isEmpty:
            var state = start
            for part in parts { state = try add(part, from: state, to: &machine) }
            return state
        case .choice(let parts):
            let end = machine.addState()
            for part in parts {
                let first = machine.addState()
                machine.addEpsilon(start, first)
                machine.addEpsilon(try add(part, from: first, to: &machine), end)
            }
            return end
        case .repeated(let part, let min, let max):
            var state = start
            for _ in 0..<min { state = try add(part, from: state, to: &machine) }
            let end = machine.addState()
            machine.addEpsilon(state, end)
            guard let max else {
                machine.addEpsilon(try add(part, from: end, to: &machine), end)
                return end
            }
            for _ in min..<Swift.max(min, max) {
                let first = machine.addState()
                machine.addEpsilon(state, first)
                state = try add(part, from: first, to: &machine)
                machine.addEpsilon(state, end)
            }
            return end
        // A state also for what reads nothing: the cap counts every copy.
        case .sequence, .startAnchor, .endAnchor:
            let end = machine.addState()
            machine.addEpsilon(start, end)
            return end
        }
    }

    // MARK: Anchors

    private struct Alternative {
        var body: RegexNode
        var isAtStart = false
        var isAtEnd = false
    }

    /// The alternatives with the anchors taken off their ends. Anchors anywhere else are an error: they could never match.
    private func alternatives() throws(ZondaError) -> [Alternative] {
        var nodeCount = 0
        var found: [Alternative] = []
        for parts in try flattened(self, &nodeCount) {
            var rest = parts[...]
            var alternative = Alternative(body: .empty)
            while case .startAnchor? = rest.first {
                alternative.isAtStart = true
                rest.removeFirst()
            }
            while case .endAnchor? = rest.last {
                alternative.isAtEnd = true
                rest.removeLast()
            }
            // The empty text has both ends in one place.
            if !rest.isEmpty, rest.allSatisfy({ $0.isAnchor }) {
                alternative.isAtStart = true
                alternative.isAtEnd = true
                rest = []
            }
            if let position = rest.lazy.compactMap(\.firstAnchor).first {
                throw RegexParser.failure("an anchor that is not at an end of the expression", at: position)
            }
            alternative.body = .sequence(Array(rest))
            found.append(alternative)
        }
        return found
    }

    /// The node as alternatives of sequences, as far as anchors are inside.
    private func flattened(_ node: RegexNode, _ nodeCount: inout Int) throws(ZondaError) -> [[RegexNode]] {
        guard node.firstAnchor != nil else { return [[node]] }
        switch node {
        case .choice(let parts):
            var all: [[RegexNode]] = []
            for part in parts { all += try flattened(part, &nodeCount) }
            return all
        case .sequence(let parts):
            var all: [[RegexNode]] = [[]]
            for part in parts {
                let tails = try flattened(part, &nodeCount)
                nodeCount += all.count * Self.nodeCount(tails)
                guard all.count * tails.count <= Self.maxAlternatives, nodeCount <= Self.maxAlternativeNodes else {
                    throw ZondaError(
                        .badRequest,
                        "anchors in groups make more than \(Self.maxAlternatives) alternatives, or "
                            + "\(Self.maxAlternativeNodes) parts of them, the caps",
                        remedy: "put the anchors at the ends of the expression")
                }
                if tails.count == 1 {
                    for index in all.indices { all[index] += tails[0] }
                } else {
                    all = all.flatMap { head in tails.map { head + $0 } }
                    nodeCount += Self.nodeCount(all)
                }
            }
            return all
        default: return [[node]]
        }
    }

    private static func nodeCount(_ alternatives: [[RegexNode]]) -> Int {
        alternatives.reduce(0) { $0 + $1.reduce(0) { $0 + $1.nodeCount } }
    }

    private var nodeCount: Int {
        switch self {
        case .scalars, .startAnchor, .endAnchor: 1
        case .sequence(let parts), .choice(let parts): parts.reduce(1) { $0 + $1.nodeCount }
        case .repeated(let part, _, _): 1 + part.nodeCount
        }
    }

    private var isAnchor: Bool {
        switch self {
        case .startAnchor, .endAnchor: true
        default: false
        }
    }
}
