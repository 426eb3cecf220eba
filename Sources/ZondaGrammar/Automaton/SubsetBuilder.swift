import ZondaCore

/// Turns a rule's nondeterministic automaton into a deterministic one.
struct SubsetBuilder {
    private let machine: RuleMachine
    /// Bytes that no edge of the rule tells apart, by class.
    private let classes: [ByteSet]
    private let classesOfSet: [ByteSet: [Int]]
    private var numbers: [[Int32]: Int] = [:]
    private var subsets: [[Int32]] = []
    /// By state of the machine, against repeated visits: the closure in which it was last seen.
    private var marks: [Int32]
    private var mark: Int32 = 0
    /// Members of subsets that were looked at.
    private(set) var stepCount = 0
    /// About a second.
    private static let maxStepCount = 20_000_000

    init(_ machine: RuleMachine) {
        self.machine = machine
        marks = Array(repeating: 0, count: machine.stateCount)
        var sets: Set<ByteSet> = []
        for edges in machine.edges {
            for edge in edges {
                if case .bytes(let bytes) = edge.symbol { sets.insert(bytes) }
            }
        }
        let classOfByte = ByteClasses(sets)
        classes = classOfByte.sets
        var found: [ByteSet: [Int]] = [:]
        for set in sets { found[set] = classOfByte.classes(in: set) }
        classesOfSet = found
    }

    mutating func build() throws(ZondaError) -> [RuleAutomaton.State] {
        _ = try number(of: [0])
        var states: [RuleAutomaton.State] = []
        var targets: [[Int32]] = Array(repeating: [], count: classes.count)
        while states.count < subsets.count {
            let subset = subsets[states.count]
            var state = RuleAutomaton.State()
            var calls: [Int: [Int32]] = [:]
            var tokens: [TokenID: [Int32]] = [:]
            var usedClasses: [Int] = []
            for member in subset {
                if Int(member) == machine.final { state.isFinal = true }
                // The member itself was counted where it was found.
                stepCount += max(0, machine.edges[Int(member)].count - 1)
                for edge in machine.edges[Int(member)] {
                    switch edge.symbol {
                    case .bytes(let bytes):
                        for index in classesOfSet[bytes] ?? [] {
                            if targets[index].isEmpty { usedClasses.append(index) }
                            targets[index].append(Int32(edge.target))
                        }
                    case .call(let rule): calls[rule, default: []].append(Int32(edge.target))
                    case .token(let token): tokens[token, default: []].append(Int32(edge.target))
                    }
                }
            }
            var sets: [Int: ByteSet] = [:]
            for index in usedClasses {
                let target = try number(of: targets[index])
                targets[index].removeAll(keepingCapacity: true)
                sets[target, default: ByteSet()].formUnion(classes[index])
            }
            for (target, bytes) in sets { state.bytes[bytes] = target }
            for (rule, members) in calls { state.calls[rule] = try number(of: members) }
            for (token, members) in tokens { state.tokens[token] = try number(of: members) }
            states.append(state)
        }
        return states
    }

    private mutating func number(of members: [Int32]) throws(ZondaError) -> Int {
        let subset = try closure(members)
        if let number = numbers[subset] { return number }
        guard subsets.count < RuleAutomaton.maxStateCount else {
            throw ZondaError(
                .badRequest,
                "a rule of the grammar needs more than \(RuleAutomaton.maxStateCount) deterministic states, the cap",
                remedy: "use smaller repetition counts, or say less ambiguously where a repeated part begins")
        }
        numbers[subset] = subsets.count
        subsets.append(subset)
        return subsets.count - 1
    }

    private mutating func closure(_ members: [Int32]) throws(ZondaError) -> [Int32] {
        mark += 1
        guard stepCount <= Self.maxStepCount else {
            throw ZondaError(
                .badRequest,
                "a rule of the grammar is so ambiguous that it takes more than \(Self.maxStepCount) steps, the cap",
                remedy: "use smaller repetition counts, above all within each other")
        }
        var result: [Int32] = []
        var queue = members
        while let state = queue.popLast() {
            guard marks[Int(state)] != mark else { continue }
            marks[Int(state)] = mark
            stepCount += 1
            // What only leads on without reading tells nothing of the subset.
            if !machine.edges[Int(state)].isEmpty || Int(state) == machine.final { result.append(state) }
            for next in machine.epsilons[Int(state)] { queue.append(Int32(next)) }
        }
        return result.sorted()
    }
}

/// Bytes in classes that a family of sets does not tell apart.
struct ByteClasses {
    private(set) var sets: [ByteSet] = []
    /// By byte.
    private(set) var classOf: [UInt8] = Array(repeating: 0, count: 256)

    init(_ family: some Swift.Sequence<ByteSet>) {
        // Refined set by set: bytes of one class before that the set splits get a class of their own.
        var count = 1
        for set in family where count < 256 {
            var isOutside = [Bool](repeating: false, count: count)
            for byte in 0..<256 where !set.contains(UInt8(byte)) { isOutside[Int(classOf[byte])] = true }
            var split = [Int](repeating: -1, count: count)
            for byte in 0..<256 where set.contains(UInt8(byte)) {
                let old = Int(classOf[byte])
                guard isOutside[old] else { continue }
                if split[old] < 0 {
                    split[old] = count
                    count += 1
                }
                classOf[byte] = UInt8(split[old])
            }
        }
        sets = Array(repeating: ByteSet(), count: count)
        for byte in 0..<256 { sets[Int(classOf[byte])].insert(UInt8(byte)) }
    }

    var count: Int { sets.count }

    func classes(in set: ByteSet) -> [Int] {
        sets.indices.filter { !sets[$0].isDisjoint(with: set) }
    }
}
