/// A regular expression as it was written.
indirect enum RegexNode: Sendable {
    case scalars(ScalarSet)
    case sequence([RegexNode])
    case choice([RegexNode])
    case repeated(RegexNode, min: Int, max: Int?)
    /// `^`, with its position for messages.
    case startAnchor(Int)
    /// `$`
    case endAnchor(Int)

    static let empty = RegexNode.sequence([])

    /// The position of the first anchor inside; nil when there is none.
    var firstAnchor: Int? {
        switch self {
        case .scalars: nil
        case .sequence(let parts), .choice(let parts): parts.lazy.compactMap(\.firstAnchor).first
        case .repeated(let part, _, _): part.firstAnchor
        case .startAnchor(let position), .endAnchor(let position): position
        }
    }
}
