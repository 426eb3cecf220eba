/// What can be told of expressions before they are compiled.
struct GrammarFacts {
    /// By rule: whether it derives the empty text.
    private var nullable: [Bool] = []
    /// By rule: `cost(_:)` of what it derives.
    private var costs: [Int?] = []
    /// A rule that can call itself before it has read anything.
    private(set) var leftRecursion: Int?

    init(_ rules: [Expression]) {
        nullable = Self.nullable(rules)
        costs = rules.map(cost)
        leftRecursion = findLeftRecursion(rules)
    }

    /// By rule: whether it derives the empty text.
    private static func nullable(_ rules: [Expression]) -> [Bool] {
        var deduction = Deduction()
        let first = deduction.addFacts(rules.count)
        for (number, rule) in rules.enumerated() {
            if let fact = add(rule, firstRule: first, to: &deduction) { deduction.add(first + number, from: fact) }
        }
        return Array(deduction.solved()[first..<first + rules.count])
    }

    /// The fact that an expression derives the empty text; nil where it never does.
    private static func add(_ expression: Expression, firstRule: Int, to deduction: inout Deduction) -> Int? {
        switch expression {
        case .literal(let bytes): return bytes.isEmpty ? Deduction.given : nil
        case .scalars, .token: return nil
        case .sequence(let parts):
            var all = Deduction.given
            for part in parts {
                guard let fact = add(part, firstRule: firstRule, to: &deduction) else { return nil }
                guard fact != Deduction.given, all != Deduction.given else {
                    all = max(all, fact)
                    continue
                }
                let both = deduction.addFact()
                deduction.add(both, from: all, and: fact)
                all = both
            }
            return all
        case .choice(let parts):
            let any = deduction.addFact()
            for part in parts {
                if let fact = add(part, firstRule: firstRule, to: &deduction) { deduction.add(any, from: fact) }
            }
            return any
        case .repeated(let part, let min, let max):
            if let max, max < min { return nil }
            return min == 0 ? Deduction.given : add(part, firstRule: firstRule, to: &deduction)
        case .rule(let number): return firstRule + number
        case .graph(let graph):
            let states = deduction.addFacts(graph.stateCount)
            deduction.add(states + graph.start, from: Deduction.given)
            for edge in graph.edges {
                guard let fact = add(edge.expression, firstRule: firstRule, to: &deduction) else { continue }
                deduction.add(states + edge.to, from: states + edge.from, and: fact)
            }
            let end = deduction.addFact()
            for state in graph.finals { deduction.add(end, from: states + state) }
            return end
        case .characters(let automaton, _): return automaton.isFinal[0] ? Deduction.given : nil
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

    /// About how many states a rule becomes; nil when it calls others, whose size is not its own.
    func cost(ofRule number: Int) -> Int? { number < costs.count ? costs[number] : nil }

    /// The same of an expression.
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

    private func findLeftRecursion(_ rules: [Expression]) -> Int? {
        // 0 unseen, 1 on the way, 2 done.
        var marks = Array(repeating: 0, count: rules.count)
        for first in rules.indices where marks[first] == 0 {
            var path = [(rule: first, calls: firstCalls(rules[first]), next: 0)]
            marks[first] = 1
            while !path.isEmpty {
                let last = path.count - 1
                guard path[last].next < path[last].calls.count else {
                    marks[path[last].rule] = 2
                    path.removeLast()
                    continue
                }
                let call = path[last].calls[path[last].next]
                path[last].next += 1
                if marks[call] == 1 { return call }
                if marks[call] == 0 {
                    marks[call] = 1
                    path.append((call, firstCalls(rules[call]), 0))
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
