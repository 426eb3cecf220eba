/// A set of Unicode scalars, as a character class of a pattern describes it.
indirect enum ScalarSet: Sendable, Hashable {
    case ranges([ClosedRange<UInt32>])
    case categories(ScalarCategory)
    case union([ScalarSet])
    case intersection([ScalarSet])
    case complement(ScalarSet)

    func contains(_ scalar: UInt32) -> Bool {
        switch self {
        case .ranges(let ranges):
            for range in ranges where range.contains(scalar) { return true }
            return false
        case .categories(let categories): return categories.contains(ScalarCategory(of: scalar))
        case .union(let sets):
            for set in sets where set.contains(scalar) { return true }
            return false
        case .intersection(let sets):
            for set in sets where !set.contains(scalar) { return false }
            return true
        case .complement(let set): return !set.contains(scalar)
        }
    }

    static let whitespace = ScalarSet.ranges([
        0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ])
    static let digit = ScalarSet.categories(.init(.decimalNumber))
    /// `\w`: alphabetic, marks, decimal digits and connectors (UTS 18, annex C). Circled letters are alphabetic symbols.
    static let word = ScalarSet.union([
        .categories([
            .letter, .mark, .init(.decimalNumber), .init(.letterNumber), .init(.connectorPunctuation),
        ]),
        .ranges([0x24B6...0x24E9, 0x1F130...0x1F149, 0x1F150...0x1F169, 0x1F170...0x1F189]),
    ])
    /// The Han script (Unicode 16, Scripts.txt).
    static let han = ScalarSet.ranges([
        0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029,
        0x3038...0x303B, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D, 0xFA70...0xFAD9, 0x16FE2...0x16FE3,
        0x16FF0...0x16FF1, 0x20000...0x2A6DF, 0x2A700...0x2B739, 0x2B740...0x2B81D, 0x2B820...0x2CEA1,
        0x2CEB0...0x2EBE0, 0x2EBF0...0x2EE5D, 0x2F800...0x2FA1D, 0x30000...0x3134A, 0x31350...0x323AF,
    ])
    static let hiragana = ScalarSet.ranges([
        0x3041...0x3096, 0x309D...0x309F, 0x1B001...0x1B11F, 0x1B132...0x1B132, 0x1B150...0x1B152, 0x1F200...0x1F200,
    ])
    static let katakana = ScalarSet.ranges([
        0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF, 0x32D0...0x32FE, 0x3300...0x3357, 0xFF66...0xFF6F,
        0xFF71...0xFF9D, 0x1AFF0...0x1AFF3, 0x1AFF5...0x1AFFB, 0x1AFFD...0x1AFFE, 0x1B000...0x1B000,
        0x1B120...0x1B122, 0x1B155...0x1B155, 0x1B164...0x1B167,
    ])
    static let hangul = ScalarSet.ranges([
        0x1100...0x11FF, 0x302E...0x302F, 0x3131...0x318E, 0x3200...0x321E, 0x3260...0x327E, 0xA960...0xA97C,
        0xAC00...0xD7A3, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB, 0xFFA0...0xFFBE, 0xFFC2...0xFFC7, 0xFFCA...0xFFCF,
        0xFFD2...0xFFD7, 0xFFDA...0xFFDC,
    ])

    /// The set that `\p{name}` stands for; nil for a property that patterns in use do not name.
    init?(property name: String) {
        if let category = ScalarCategory(named: name) {
            self = .categories(category)
            return
        }
        switch name.lowercased() {
        case "alpha", "alphabetic": self = .categories([.letter, .mark, .init(.letterNumber)])
        case "digit": self = .digit
        case "alnum": self = .categories([.letter, .mark, .number])
        case "upper", "uppercase": self = .categories(.init(.uppercaseLetter))
        case "lower", "lowercase": self = .categories(.init(.lowercaseLetter))
        case "punct": self = .categories(.punctuation)
        case "space", "white_space": self = .whitespace
        case "word": self = .word
        case "han", "script=han": self = .han
        case "hiragana", "script=hiragana": self = .hiragana
        case "katakana", "script=katakana": self = .katakana
        case "hangul", "script=hangul": self = .hangul
        default: return nil
        }
    }

    /// One scalar, and its other case when `ignoringCase`.
    init(_ scalar: UInt32, ignoringCase: Bool) {
        var ranges = [scalar...scalar]
        if ignoringCase, let known = Unicode.Scalar(scalar) {
            for mapped in [known.properties.lowercaseMapping, known.properties.uppercaseMapping] {
                let scalars = mapped.unicodeScalars
                if let other = scalars.first, scalars.count == 1, other != known {
                    ranges.append(other.value...other.value)
                }
            }
            // Case folding also joins the long s and the Kelvin sign with their letters.
            if scalar | 0x20 == 0x73 { ranges.append(0x17F...0x17F) }
            if scalar | 0x20 == 0x6B { ranges.append(0x212A...0x212A) }
        }
        self = .ranges(ranges)
    }
}

/// A set ready for matching: a bitmap for ASCII, the description for the rest.
struct CompiledScalarSet: Sendable {
    private let low: UInt64
    private let high: UInt64
    private let set: ScalarSet
    /// All letters, or everything but some categories: the common classes, tested without walking the description.
    private let categories: ScalarCategory?

    init(_ set: ScalarSet) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for bit in UInt32(0)..<64 {
            if set.contains(bit) { low |= 1 << UInt64(bit) }
            if set.contains(bit + 64) { high |= 1 << UInt64(bit) }
        }
        self.low = low
        self.high = high
        self.set = set
        if case .categories(let categories) = set { self.categories = categories } else { self.categories = nil }
    }

    @inline(__always)
    func contains(ascii byte: UInt8) -> Bool {
        (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte & 63)) & 1 != 0
    }

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 128 { return contains(ascii: UInt8(truncatingIfNeeded: scalar)) }
        if let categories { return categories.contains(ScalarCategory(of: scalar)) }
        return set.contains(scalar)
    }
}
