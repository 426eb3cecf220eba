import ZondaCore

/// One rule as a nondeterministic automaton over bytes, calls of other rules and special tokens.
struct RuleMachine {
    enum Symbol: Hashable {
        case bytes(ByteSet)
        case call(Int)
        case token(TokenID)
    }

    /// One rule of a hundred thousand characters of literals fits; beyond this, compiling takes seconds.
    static let maxStateCount = 400_000

    private(set) var edges: [[(symbol: Symbol, target: Int)]] = [[]]
    private(set) var epsilons: [[Int]] = [[]]
    var final = 0

    var stateCount: Int { edges.count }

    mutating func addState() throws(ZondaError) -> Int {
        guard edges.count < Self.maxStateCount else {
            throw ZondaError(
                .badRequest, "a rule of the grammar needs more than \(Self.maxStateCount) states, the cap for one rule",
                remedy: "use smaller repetition counts or shorter lists")
        }
        edges.append([])
        epsilons.append([])
        return edges.count - 1
    }

    mutating func addEdge(_ from: Int, _ symbol: Symbol, _ to: Int) { edges[from].append((symbol, to)) }

    mutating func addEpsilon(_ from: Int, _ to: Int) { epsilons[from].append(to) }

    /// Adds the spellings of characters as paths that share their first bytes.
    mutating func addPaths(_ paths: [[ByteSet]], from: Int, to: Int) throws(ZondaError) {
        let firstNew = edges.count
        for path in paths {
            var state = from
            for (index, bytes) in path.enumerated() {
                let isLast = index == path.count - 1
                if !isLast, let last = edges[state].last, last.symbol == .bytes(bytes), last.target >= firstNew {
                    state = last.target
                    continue
                }
                let next = isLast ? to : try addState()
                addEdge(state, .bytes(bytes), next)
                state = next
            }
        }
    }
}
