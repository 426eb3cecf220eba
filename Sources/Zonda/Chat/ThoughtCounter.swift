/// Counts the tokens that one choice of an answer is thought with, from the bytes of each token: what readers see comes
/// later, as stop strings hold text back.
///
/// The markers around the thoughts are not counted, of however many tokens they are.
struct ThoughtCounter: Sendable {
    private enum Place {
        /// White space, and so many bytes of the opening marker.
        case start(matched: Int)
        /// So many bytes of the closing marker have come.
        case thinking(matched: Int)
        case over
    }

    private let opening: [UInt8]
    private let closing: [UInt8]
    private var place: Place
    private var certain = 0
    /// Tokens of which all bytes may become a part of the closing marker.
    private var held = 0

    init(_ format: ReasoningFormat, _ beginning: ReasoningFormat.Beginning) {
        opening = Array(format.opening.utf8)
        closing = Array(format.closing.utf8)
        place = beginning == .thinking ? .thinking(matched: 0) : .start(matched: 0)
    }

    /// How many there are so far.
    var count: Int { certain + held }

    mutating func add(_ token: [UInt8]) {
        var isThought = false
        var isHeld = false
        if case .thinking = place { isHeld = true }
        for (index, byte) in token.enumerated() {
            switch place {
            case .start(0) where JSONFollower.isSpace(byte): break
            case .start(let matched): open(byte, matched)
            case .thinking(let matched) where byte == closing[matched]:
                isHeld = true
                place = matched + 1 < closing.count ? .thinking(matched: matched + 1) : .over
                if case .over = place { (held, isHeld) = (0, false) }
            case .thinking:
                // What was held is none of the marker: its first byte stands nowhere else in it.
                certain += held
                held = 0
                let begins = byte == closing[0]
                isThought = isThought || !begins || index > 0
                isHeld = true
                place = .thinking(matched: begins ? 1 : 0)
            case .over: break
            }
        }
        if isThought { certain += 1 } else if isHeld { held += 1 }
    }

    private mutating func open(_ byte: UInt8, _ matched: Int) {
        guard byte == opening[matched] else {
            place = .over
            return
        }
        place = matched + 1 < opening.count ? .start(matched: matched + 1) : .thinking(matched: 0)
    }
}
