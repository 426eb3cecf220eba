/// How characters are written.
enum CharacterEncoding: Hashable, Sendable {
    /// As UTF-8.
    case utf8
    /// As the inside of a JSON string: some as they are, some or all as escapes.
    case jsonString
}

/// A deterministic automaton over characters.
struct ScalarAutomaton: Hashable, Sendable {
    struct Edge: Hashable, Sendable {
        var scalars: ScalarSet
        var target: Int
    }

    /// By state; 0 is the start. The sets of a state's edges are disjoint.
    var edges: [[Edge]] = [[]]
    var isFinal: [Bool] = [false]
}
