import ZondaCore
import ZondaGrammar

/// How far one choice has come in its constraint, and what may come next.
struct ConstraintState {
    private enum Place {
        /// The first token may open the thoughts.
        case beginning
        /// How many bytes of the marker that closes them have come.
        case thinking(matched: Int)
        case answering
    }

    private let constraint: AnswerConstraint
    private let ignoresEndTokens: Bool
    private var grammar: GrammarState
    private var place: Place
    /// Tokens of the answer that are accounted for.
    private var count = 0
    /// Which tokens may be the one at `count`; empty until it was asked for.
    private var next: [UInt32] = []
    /// How many tokens the whole answer has, once that is known. Steps that ran ahead may bring more, to be dropped.
    private var end: Int?

    /// - Parameter ignoresEndTokens: the answer goes on as long as the grammar has anything but its end to offer.
    init(_ constraint: AnswerConstraint, ignoresEndTokens: Bool) {
        self.constraint = constraint
        self.ignoresEndTokens = ignoresEndTokens
        grammar = GrammarState(constraint.grammar)
        place =
            if constraint.thoughts == nil {
                .answering
            } else if constraint.beginsThinking {
                .thinking(matched: 0)
            } else {
                .beginning
            }
    }

    /// Takes the token at `position` of the answer; one that was taken before is passed over.
    mutating func accept(_ token: TokenID, at position: Int) throws(ZondaError) {
        guard position >= count else { return }
        guard position == count else {
            throw ZondaError(.internalFault, "token \(position) came to a grammar that has seen \(count)")
        }
        count += 1
        guard end == nil else { return }
        next = []
        switch place {
        case .thinking(let matched): try think(token, matched, constraint.thoughts)
        case .beginning where token == constraint.thoughts?.opening: place = .thinking(matched: 0)
        case .beginning, .answering:
            place = .answering
            guard !constraint.endTokens.ids.contains(token) else {
                end = count
                return
            }
            try grammar.accept(token)
            if constraint.endTokens.isAll(of: try mask()) { end = count }
        }
    }

    private mutating func think(
        _ token: TokenID, _ matched: Int, _ thoughts: ThoughtMarkers?
    ) throws(ZondaError) {
        guard let thoughts else { return }
        let matched = try thoughts.advance(matched, by: token)
        place = thoughts.isClosed(matched) ? .answering : .thinking(matched: matched)
    }

    /// The tokens that may be the one at `position`; nil when the answer is over, as what is sampled then is dropped.
    mutating func mask(at position: Int) throws(ZondaError) -> [UInt32]? {
        guard position == count else {
            throw ZondaError(.internalFault, "a mask for token \(position) of a grammar that has seen \(count)")
        }
        return end == nil ? try mask() : nil
    }

    /// Whether the token at `position` is the last one: an end token, or one that nothing but an end could follow.
    func isOver(after position: Int) -> Bool { end.map { position + 1 >= $0 } ?? false }

    private mutating func mask() throws(ZondaError) -> [UInt32] {
        guard next.isEmpty else { return next }
        switch place {
        case .thinking(let matched): next = constraint.thoughts?.mask(after: matched) ?? []
        case .beginning:
            next = try grammarMask()
            if let opening = constraint.thoughts?.opening { next[Int(opening) >> 5] |= 1 << UInt32(opening & 31) }
        case .answering: next = try grammarMask()
        }
        return next
    }

    private mutating func grammarMask() throws(ZondaError) -> [UInt32] {
        let mask = try grammar.mask()
        guard ignoresEndTokens, !constraint.endTokens.isAll(of: mask) else { return mask }
        return zip(mask, constraint.endTokens.mask).map { $0 & ~$1 }
    }
}
