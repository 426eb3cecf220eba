/// What can be told of expressions before they are compiled.
struct GrammarFacts {
    private let rules: [Expression]
    /// By rule: whether it derives the empty text.
    private var nullable: [Bool]

    init(_ rules: [Expression]) {
        self.rules = rules
        nullable = Array(repeating: false, count: rules.count)
        var changed = true
        while changed {
            changed = false
            for (number, rule) in rules.enumerated() where !nullable[number] && isNullable(rule) {
                nullable[number] = true
                changed = true
            }
        }
    }

    func isNullable(_ expression: Expression) -> Bool {
        switch expression {
        case .literal(let bytes): return bytes.isEmpty
        case .scalars, .token: return false
        case .sequence(let parts): return parts.allSatisfy(isNullable)
        case .choice(let parts): return parts.contains(where: isNullable)
        case .repeated(let part, let min, let max):
            return (max.map { $0 >= min } ?? true) && (min == 0 || isNullable(part))
        case .rule(let number): return nullable[number]
        case .graph(let graph): return !graph.finals.isDisjoint(with: statesBeforeReading(graph))
        case .characters(let automaton, _): return automaton.isFinal[0]
        }
    }

    /// About how many states the expression becomes; nil when it calls rules, whose size is not its own.
    func cost(_ expression: Expression) -> Int? {
        switch expression {
        case .literal(let bytes): return bytes.count
        case .scalars(let scalars): return scalars.ranges.count + (scalars.ranges.last?.upperBound ?? 0 > 0x7F ? 8 : 0)
        case .token: return 1
        case .sequence(let parts), .choice(let parts):
            var sum = parts.count
            for part in parts {
                guard let cost = cost(part) else { return nil }
                sum = Self.sum(sum, cost)
            }
            return sum
        case .repeated(let part, let min, let max):
            guard let cost = cost(part) else { return nil }
            let (product, overflow) = cost.multipliedReportingOverflow(by: Swift.max(1, min, max ?? 1))
            return overflow ? Int.max : product
        case .rule, .graph: return nil
        case .characters(let automaton, _):
            return automaton.edges.reduce(0) { $0 + $1.reduce(0) { $0 + 4 * $1.scalars.ranges.count } }
        }
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? Int.max : sum
    }

    /// A rule that can call itself before it has read anything.
    func leftRecursion() -> Int? {
        // 0 unseen, 1 on the way, 2 done.
        var marks = Array(repeating: 0, count: rules.count)
        for first in rules.indices where marks[first] == 0 {
            var path: [(rule: Int, calls: [Int])] = [(first, firstCalls(rules[first]))]
            marks[first] = 1
            while let top = path.last {
                guard let call = top.calls.last else {
                    marks[top.rule] = 2
                    path.removeLast()
                    continue
                }
                path[path.count - 1].calls.removeLast()
                if marks[call] == 1 { return call }
                if marks[call] == 0 {
                    marks[call] = 1
                    path.append((call, firstCalls(rules[call])))
                }
            }
        }
        return nil
    }

    /// The rules that an expression can call before it has read anything.
    private func firstCalls(_ expression: Expression) -> [Int] {
        switch expression {
        case .literal, .scalars, .token, .characters: return []
        case .sequence(let parts):
            var calls: [Int] = []
            for part in parts {
                calls += firstCalls(part)
                if !isNullable(part) { break }
            }
            return calls
        case .choice(let parts): return parts.flatMap(firstCalls)
        case .repeated(let part, _, let max): return max == 0 ? [] : firstCalls(part)
        case .rule(let number): return [number]
        case .graph(let graph):
            let states = statesBeforeReading(graph)
            return graph.edges.filter { states.contains($0.from) }.flatMap { firstCalls($0.expression) }
        }
    }

    private func statesBeforeReading(_ graph: ExpressionGraph) -> Set<Int> {
        var states: Set<Int> = [graph.start]
        var changed = true
        while changed {
            changed = false
            for edge in graph.edges where states.contains(edge.from) && !states.contains(edge.to) {
                guard isNullable(edge.expression) else { continue }
                states.insert(edge.to)
                changed = true
            }
        }
        return states
    }
}
