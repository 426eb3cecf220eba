/// The syntax tree of a pattern.
indirect enum PatternNode: Sendable, Hashable {
    case set(ScalarSet)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case repeated(PatternNode, min: Int, max: Int?, Greed)
    case look(PatternNode, ahead: Bool, negative: Bool)
    case atomic(PatternNode)
    case assertion(Assertion)

    enum Greed: Sendable { case greedy, lazy, possessive }

    enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary }

    static let empty = PatternNode.sequence([])

    /// Whether it can match without consuming anything.
    var isNullable: Bool {
        switch self {
        case .set: false
        case .sequence(let nodes): nodes.allSatisfy(\.isNullable)
        case .alternatives(let nodes): nodes.contains(where: \.isNullable)
        case .repeated(let node, let min, _, _): min == 0 || node.isNullable
        case .look, .assertion: true
        case .atomic(let node): node.isNullable
        }
    }

    /// The bytes that a match can start with; nil when it can start with any, or match nothing.
    var firstBytes: ByteSet {
        switch self {
        case .set(let set): return ByteSet(leading: set)
        case .sequence(let nodes):
            var bytes = ByteSet()
            for node in nodes {
                // What a look-ahead asks does not limit what is consumed after it; skipping it keeps a superset.
                if case .look = node { continue }
                if case .assertion = node { continue }
                bytes.formUnion(node.firstBytes)
                if !node.isNullable { return bytes }
            }
            return .all
        case .alternatives(let nodes):
            return nodes.reduce(into: ByteSet()) { $0.formUnion($1.firstBytes) }
        case .repeated(let node, let min, _, _): return min == 0 ? .all : node.firstBytes
        case .atomic(let node): return node.firstBytes
        case .look, .assertion: return .all
        }
    }
}

/// A set of byte values.
struct ByteSet: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static let all: ByteSet = {
        var set = ByteSet()
        set.words = (.max, .max, .max, .max)
        return set
    }()

    init() {}

    /// The first bytes of the UTF-8 of a set's scalars; every leading byte of longer sequences counts as possible.
    init(leading set: ScalarSet) {
        for byte in UInt8(0)..<128 where set.contains(UInt32(byte)) { insert(byte) }
        words.2 = .max
        words.3 = .max
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return word >> UInt64(byte & 63) & 1 != 0
    }

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        words = (
            words.0 | other.words.0, words.1 | other.words.1, words.2 | other.words.2, words.3 | other.words.3
        )
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
