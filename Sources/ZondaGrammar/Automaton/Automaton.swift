import ZondaCore

/// A whole grammar as a pushdown automaton over bytes.
///
/// Each rule is a deterministic automaton; a call pushes the state in which the caller goes on. What can begin can always
/// end: states that lead to no text are gone.
struct Automaton: Sendable {
    /// Where a rule goes on after a call: a state, or a loop with the number of times that its body was begun.
    struct Frame: Hashable, Comparable, Sendable {
        /// A state; below 0 the bitwise complement of a loop's number.
        var place: Int32
        var count: Int32 = 0

        static func < (a: Frame, b: Frame) -> Bool { (a.place, a.count) < (b.place, b.count) }
    }

    /// A part that is repeated too often to be spelled out: the count is kept on the stack.
    struct Loop: Sendable {
        var body: Int32
        var min: Int32
        /// -1: without limit.
        var max: Int32
    }

    struct Call: Sendable {
        /// The first state of a rule, or a loop.
        var callee: Frame
        /// nil when the caller's rule ends there, so that nothing needs to be kept.
        var next: Frame?
    }

    /// By byte: bytes of one class act alike in every state.
    var classOf: [UInt8] = []
    var classCount = 0
    /// [states, classes]; -1 where a byte can't follow.
    var targets: [Int32] = []
    /// By state: whether bytes or special tokens can follow at once.
    var reads: [Bool] = []
    var isFinal: [Bool] = []
    var calls: [[Call]] = []
    var tokens: [[TokenID: Int32]] = []
    var loops: [Loop] = []
    var start = Frame(place: 0)

    var stateCount: Int { isFinal.count }

    /// The special tokens that take part.
    var namedTokens: Set<TokenID> { Set(tokens.flatMap(\.keys)) }
}
