import ZondaCore

/// Where a text is in an automaton: a set of configurations, over the frames of the stack that all of them share.
struct Position: Sendable {
    /// A number of a `ConfigurationTable`.
    var set: Int32
    /// The top last.
    var base: [Automaton.Frame] = []
}

extension ConfigurationTable {
    mutating func startPosition() throws(ZondaError) -> Position {
        try settled(Position(set: try closure(of: automaton.start)))
    }

    /// The position after a byte; nil when it can't follow.
    mutating func position(after byte: UInt8, _ position: Position) throws(ZondaError) -> Position? {
        let index = Int(automaton.classOf[Int(byte)])
        // Almost always one state that stays in its rule.
        let set = sets[Int(position.set)]
        if !set.pops {
            let next = try transition(position.set, index)
            return next == Self.dead ? nil : try settled(Position(set: next, base: position.base))
        }
        return try moved(position) { table, set throws(ZondaError) in try table.transition(set, index) }
    }

    /// The position after a special token; nil when it can't follow.
    mutating func position(after token: TokenID, _ position: Position) throws(ZondaError) -> Position? {
        try moved(position) { table, set throws(ZondaError) in try table.transition(set, token: token) }
    }

    /// Whether the text may end.
    mutating func mayEnd(_ position: Position) throws(ZondaError) -> Bool {
        var set = position.set
        var depth = position.base.count
        while sets[Int(set)].pops {
            if depth == 0 { return true }
            depth -= 1
            set = try closure(of: position.base[depth])
        }
        return false
    }

    private mutating func moved(
        _ position: Position, _ move: (inout ConfigurationTable, Int32) throws(ZondaError) -> Int32
    ) throws(ZondaError) -> Position? {
        var depth = position.base.count
        var set = position.set
        var result = try move(&self, set)
        var resultDepth = depth
        // Where a rule may be over, its callers may go on too: each has a lower base.
        while sets[Int(set)].pops, depth > 0 {
            depth -= 1
            set = try closure(of: position.base[depth])
            let next = try move(&self, set)
            guard next != Self.dead else { continue }
            if result != Self.dead {
                for index in (depth..<resultDepth).reversed() {
                    result = try lowered(result, under: position.base[index])
                }
            }
            result = try union(sets: result, next)
            resultDepth = depth
        }
        guard result != Self.dead else { return nil }
        return try settled(Position(set: result, base: Array(position.base[..<resultDepth])))
    }

    private mutating func settled(_ position: Position) throws(ZondaError) -> Position {
        let (frames, set) = try hoisting(position.set)
        return Position(set: set, base: frames.isEmpty ? position.base : position.base + frames)
    }
}
