import ZondaCore

/// Where a pushdown automaton can be, relative to a stack of which only the top was looked at: sets of states with what
/// was pushed since. Sets and stacks are interned, so that equal ones have equal numbers, and transitions are kept: what
/// masks and texts walk is a deterministic automaton that is built as it is needed.
///
/// Stacks share structure both ways (a graph-structured stack, Tomita 1987): a state has one set of stacks, and a set of
/// stacks has one rest for each frame on top. Ambiguity then costs space by depth, not by the number of derivations.
struct ConfigurationTable {
    typealias Frame = Automaton.Frame

    /// Stacks that end at the base: those that continue below a frame, and whether the base itself is one.
    struct StackSet: Hashable {
        struct Item: Hashable {
            var frame: Frame
            var rest: Int32
        }
        var hasBase = false
        /// By frame, ascending.
        var items: [Item] = []
    }

    struct ConfigurationSet: Hashable {
        struct Item: Hashable {
            var state: Int32
            var stacks: Int32
        }
        /// Whether the rule that the base called may be over, so that the caller may go on.
        var pops = false
        /// States that read, ascending.
        var items: [Item] = []
    }

    /// Sets of one table. Deterministic grammars have about as many as states; one that needs more is ambiguous in a way
    /// that would cost milliseconds a token.
    static let maxSetCount = 50_000
    /// Frames above the base that are still ambiguous; functions here recurse as deep.
    static let maxDepth = 1000
    /// States and frames that one mask or one token may look at, where nothing is known yet: some tenths of a second.
    /// Where a text takes more, its stacks alone would fill a table (`TokenGrammar.maxCacheBytes`), token for token.
    static let maxStepCount = 1_000_000

    static let noStacks: Int32 = 0
    static let base: Int32 = 1
    /// No configuration at all.
    static let dead: Int32 = 0
    private static let unknown: Int32 = -1

    let automaton: Automaton
    private(set) var stacks: [StackSet] = []
    private var stackNumbers: [StackSet: Int32] = [:]
    private var depths: [Int32] = []
    private(set) var sets: [ConfigurationSet] = []
    /// By set: `ConfigurationSet.pops`, apart for the loop that walks the tree of tokens.
    private(set) var pops: [Bool] = [false]
    private var setNumbers: [ConfigurationSet: Int32] = [:]
    /// [sets, classes]
    private(set) var transitions: [Int32] = []
    private var closures: [Frame: Int32] = [:]
    private var hoisted: [Int32: (frames: [Frame], set: Int32)] = [:]
    private var unions: [UInt64: Int32] = [:]
    private var stepCount = 0

    init(_ automaton: Automaton) {
        self.automaton = automaton
        stacks = [StackSet(), StackSet(hasBase: true)]
        depths = [0, 0]
        stackNumbers = [stacks[0]: 0, stacks[1]: 1]
        sets = [ConfigurationSet()]
        setNumbers = [sets[0]: 0]
        transitions = Array(repeating: Self.dead, count: automaton.classCount)
    }

    /// About how much memory the table takes.
    var byteCount: Int {
        sets.count * (automaton.classCount * 4 + 200) + stacks.count * 150 + unions.count * 32 + hoisted.count * 64
    }

    /// A mask or a token begins.
    mutating func beginSteps() { stepCount = 0 }

    private mutating func countSteps(_ count: Int) throws(ZondaError) {
        stepCount += count
        guard stepCount <= Self.maxStepCount else { throw Self.ambiguous("\(Self.maxStepCount) steps for one token") }
    }

    // MARK: Interning

    mutating func number(of set: ConfigurationSet) throws(ZondaError) -> Int32 {
        try countSteps(1 + set.items.count)
        if let number = setNumbers[set] { return number }
        guard sets.count < Self.maxSetCount else { throw Self.ambiguous("\(Self.maxSetCount) sets of states") }
        let number = Int32(sets.count)
        setNumbers[set] = number
        sets.append(set)
        pops.append(set.pops)
        transitions.append(contentsOf: repeatElement(Self.unknown, count: automaton.classCount))
        return number
    }

    mutating func number(of stack: StackSet) throws(ZondaError) -> Int32 {
        try countSteps(1 + stack.items.count)
        if let number = stackNumbers[stack] { return number }
        var depth: Int32 = 0
        for item in stack.items { depth = max(depth, depths[Int(item.rest)] + 1) }
        guard depth <= Self.maxDepth else { throw Self.ambiguous("\(Self.maxDepth) nested rules") }
        let number = Int32(stacks.count)
        stackNumbers[stack] = number
        stacks.append(stack)
        depths.append(depth)
        return number
    }

    private static func ambiguous(_ measure: String) -> ZondaError {
        ZondaError(
            .badRequest, "the grammar is too ambiguous: this text needs more than \(measure), the cap",
            remedy: "write it so that what was read tells which alternative it belongs to")
    }

    private mutating func pushing(_ frame: Frame?, on stack: Int32) throws(ZondaError) -> Int32 {
        guard let frame, stack != Self.noStacks else { return stack }
        return try number(of: StackSet(items: [StackSet.Item(frame: frame, rest: stack)]))
    }

    mutating func union(_ a: Int32, _ b: Int32) throws(ZondaError) -> Int32 {
        if a == b || b == Self.noStacks { return a }
        if a == Self.noStacks { return b }
        let key = UInt64(UInt32(min(a, b))) << 32 | UInt64(UInt32(max(a, b)))
        if let known = unions[key] { return known }
        let left = stacks[Int(a)]
        let right = stacks[Int(b)]
        var result = StackSet(hasBase: left.hasBase || right.hasBase)
        var i = 0
        var j = 0
        while i < left.items.count || j < right.items.count {
            if j == right.items.count || i < left.items.count && left.items[i].frame < right.items[j].frame {
                result.items.append(left.items[i])
                i += 1
            } else if i == left.items.count || right.items[j].frame < left.items[i].frame {
                result.items.append(right.items[j])
                j += 1
            } else {
                let rest = try union(left.items[i].rest, right.items[j].rest)
                result.items.append(StackSet.Item(frame: left.items[i].frame, rest: rest))
                i += 1
                j += 1
            }
        }
        let number = try number(of: result)
        unions[key] = number
        return number
    }

    // MARK: Closure and transitions

    /// All states that read which can be reached from `seeds` without reading.
    private mutating func close(_ seeds: [(frame: Frame, stacks: Int32)]) throws(ZondaError) -> Int32 {
        var known: [Frame: Int32] = [:]
        var pending: [Frame: Int32] = [:]
        var queue: [Frame] = []
        var next = 0
        var pops = false
        for seed in seeds { try add(seed.frame, seed.stacks, &pending, &queue) }
        while next < queue.count {
            let frame = queue[next]
            next += 1
            guard let arrived = pending.removeValue(forKey: frame) else { continue }
            try countSteps(1)
            let before = known[frame] ?? Self.noStacks
            let merged = try union(before, arrived)
            guard merged != before else { continue }
            known[frame] = merged
            if frame.place >= 0 {
                let state = Int(frame.place)
                for call in automaton.calls[state] {
                    try add(call.callee, pushing(call.next, on: arrived), &pending, &queue)
                }
                guard automaton.isFinal[state] else { continue }
            } else {
                let loop = automaton.loops[Int(~frame.place)]
                if loop.max < 0 || frame.count < loop.max {
                    // Without a limit only whether the minimum is reached matters.
                    let count = loop.max < 0 ? min(frame.count + 1, loop.min) : frame.count + 1
                    let isLast = count == loop.max
                    let again = isLast ? nil : Frame(place: frame.place, count: count)
                    try add(Frame(place: loop.body), pushing(again, on: arrived), &pending, &queue)
                }
                guard frame.count >= loop.min else { continue }
            }
            // The rule may be over.
            let stack = stacks[Int(arrived)]
            if stack.hasBase { pops = true }
            for item in stack.items { try add(item.frame, item.rest, &pending, &queue) }
        }
        var set = ConfigurationSet(pops: pops)
        for (frame, stacks) in known where frame.place >= 0 && automaton.reads[Int(frame.place)] {
            set.items.append(ConfigurationSet.Item(state: frame.place, stacks: stacks))
        }
        set.items.sort { $0.state < $1.state }
        return try number(of: set)
    }

    private mutating func add(
        _ frame: Frame, _ stacks: Int32, _ pending: inout [Frame: Int32], _ queue: inout [Frame]
    ) throws(ZondaError) {
        if let waiting = pending[frame] {
            pending[frame] = try union(waiting, stacks)
        } else {
            pending[frame] = stacks
            queue.append(frame)
        }
    }

    /// Where a caller is when what it called is over and the frame that it pushed is popped.
    mutating func closure(of frame: Frame) throws(ZondaError) -> Int32 {
        if let known = closures[frame] { return known }
        let set = try close([(frame, Self.base)])
        closures[frame] = set
        return set
    }

    /// The set after a byte of class `index`; `dead` when none of it can read one.
    mutating func transition(_ set: Int32, _ index: Int) throws(ZondaError) -> Int32 {
        let slot = Int(set) * automaton.classCount + index
        if transitions[slot] != Self.unknown { return transitions[slot] }
        var seeds: [(Frame, Int32)] = []
        for item in sets[Int(set)].items {
            let target = automaton.targets[Int(item.state) * automaton.classCount + index]
            if target >= 0 { seeds.append((Frame(place: target), item.stacks)) }
        }
        let result = try seeds.isEmpty ? Self.dead : close(seeds)
        transitions[slot] = result
        return result
    }

    /// The set after a special token.
    mutating func transition(_ set: Int32, token: TokenID) throws(ZondaError) -> Int32 {
        var seeds: [(Frame, Int32)] = []
        for item in sets[Int(set)].items {
            if let target = automaton.tokens[Int(item.state)][token] {
                seeds.append((Frame(place: target), item.stacks))
            }
        }
        return try seeds.isEmpty ? Self.dead : close(seeds)
    }

    // MARK: Sets over other bases

    mutating func union(sets a: Int32, _ b: Int32) throws(ZondaError) -> Int32 {
        if a == b || b == Self.dead { return a }
        if a == Self.dead { return b }
        var stacksOf: [Int32: Int32] = [:]
        for item in sets[Int(a)].items { stacksOf[item.state] = item.stacks }
        for item in sets[Int(b)].items {
            stacksOf[item.state] = try union(stacksOf[item.state] ?? Self.noStacks, item.stacks)
        }
        var result = ConfigurationSet(pops: sets[Int(a)].pops || sets[Int(b)].pops)
        result.items = stacksOf.map { ConfigurationSet.Item(state: $0, stacks: $1) }.sorted { $0.state < $1.state }
        return try number(of: result)
    }

    /// The same configurations over a base without its top frame `frame`.
    mutating func lowered(_ set: Int32, under frame: Frame) throws(ZondaError) -> Int32 {
        let onBase = try pushing(frame, on: Self.base)
        var memo: [Int32: Int32] = [:]
        let original = sets[Int(set)]
        var result = ConfigurationSet()
        for item in original.items {
            let stacks = try replacingBase(of: item.stacks, by: onBase, &memo)
            result.items.append(ConfigurationSet.Item(state: item.state, stacks: stacks))
        }
        let number = try number(of: result)
        return try original.pops ? union(sets: number, closure(of: frame)) : number
    }

    private mutating func replacingBase(
        of stack: Int32, by onBase: Int32, _ memo: inout [Int32: Int32]
    ) throws(ZondaError) -> Int32 {
        if let known = memo[stack] { return known }
        let original = stacks[Int(stack)]
        var items: [StackSet.Item] = []
        for item in original.items {
            items.append(StackSet.Item(frame: item.frame, rest: try replacingBase(of: item.rest, by: onBase, &memo)))
        }
        var result = try number(of: StackSet(items: items))
        if original.hasBase { result = try union(result, onBase) }
        memo[stack] = result
        return result
    }

    /// Frames that all stacks of a set have at the bottom, lowest first, and the set over a base with them. An
    /// unambiguous text then has one state and nothing above the base.
    mutating func hoisting(_ set: Int32) throws(ZondaError) -> (frames: [Frame], set: Int32) {
        if let known = hoisted[set] { return known }
        var frames: [Frame] = []
        var current = set
        while let frame = bottom(of: current) {
            var memo: [Int32: Int32] = [:]
            var result = ConfigurationSet()
            for item in sets[Int(current)].items {
                let stacks = try removingBottom(frame, of: item.stacks, &memo)
                result.items.append(ConfigurationSet.Item(state: item.state, stacks: stacks))
            }
            frames.append(frame)
            current = try number(of: result)
        }
        hoisted[set] = (frames, current)
        return (frames, current)
    }

    private func bottom(of set: Int32) -> Frame? {
        let set = sets[Int(set)]
        guard !set.pops, !set.items.isEmpty else { return nil }
        var found: Frame?
        var seen: Set<Int32> = []
        var queue = set.items.map(\.stacks)
        for stacks in queue where self.stacks[Int(stacks)].hasBase { return nil }
        while let number = queue.popLast() {
            guard seen.insert(number).inserted else { continue }
            for item in stacks[Int(number)].items {
                if stacks[Int(item.rest)].hasBase {
                    if let found, found != item.frame { return nil }
                    found = item.frame
                }
                queue.append(item.rest)
            }
        }
        return found
    }

    /// The stacks `s` for which `s`, `frame`, base is in the set.
    private mutating func removingBottom(
        _ frame: Frame, of stack: Int32, _ memo: inout [Int32: Int32]
    ) throws(ZondaError) -> Int32 {
        if let known = memo[stack] { return known }
        var result = StackSet()
        for item in stacks[Int(stack)].items {
            if item.frame == frame, stacks[Int(item.rest)].hasBase { result.hasBase = true }
            let rest = try removingBottom(frame, of: item.rest, &memo)
            if rest != Self.noStacks { result.items.append(StackSet.Item(frame: item.frame, rest: rest)) }
        }
        let number = try number(of: result)
        memo[stack] = number
        return number
    }

    // MARK: Mapping

    /// The set with every frame replaced.
    /// - Parameter source: the stacks of the set; nil: those of this table.
    mutating func mapping(
        _ set: ConfigurationSet, stacks source: [StackSet]? = nil, _ change: (Frame) -> Frame
    ) throws(ZondaError) -> Int32 {
        var memo: [Int32: Int32] = [:]
        var result = ConfigurationSet(pops: set.pops)
        for item in set.items {
            let stacks = try mapping(item.stacks, of: source, change, &memo)
            result.items.append(ConfigurationSet.Item(state: item.state, stacks: stacks))
        }
        return try number(of: result)
    }

    private mutating func mapping(
        _ stack: Int32, of source: [StackSet]?, _ change: (Frame) -> Frame, _ memo: inout [Int32: Int32]
    ) throws(ZondaError) -> Int32 {
        if let known = memo[stack] { return known }
        // One set of stacks is held here, not all of them: `stacks` grows meanwhile, and would be copied.
        let original = source.map { $0[Int(stack)] } ?? stacks[Int(stack)]
        var result = original.hasBase ? Self.base : Self.noStacks
        for item in original.items {
            let rest = try mapping(item.rest, of: source, change, &memo)
            result = try union(result, pushing(change(item.frame), on: rest))
        }
        memo[stack] = result
        return result
    }
}
