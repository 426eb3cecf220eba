import ZondaCore

/// Makes text of tokens.
struct TokenDecoder: Sendable {
    enum Step: Sendable {
        /// The printable alphabet back to bytes.
        case byteLevel
        /// `<0xE2>` back to bytes. A run of them that is not UTF-8 becomes one U+FFFD per byte.
        case byteFallback
        /// The mark back to a space; in the first token marks are dropped when the text was marked at its start.
        case metaspace(replacement: [UInt8], dropsFirst: Bool)
        case wordPiece(prefix: [UInt8], cleansUp: Bool)
        /// All tokens become one.
        case fuse
        /// Drops up to so many of one character from both ends.
        case strip(character: [UInt8], start: Int, end: Int)
        case replace(Splitter.Delimiter, with: [UInt8])
        /// A word's last token ends in `suffix`, which becomes a space.
        case wordSuffix([UInt8])
        /// Repeated tokens are one (connectionist temporal classification).
        case ctc(pad: [UInt8], wordDelimiter: [UInt8], cleansUp: Bool)
        /// A space between tokens.
        case spaced
    }

    let steps: [Step]
    /// Whether tokens that come later can change what earlier ones become, other than by completing a character.
    let looksAhead: Bool
    private let hasByteFallback: Bool

    init(_ steps: [Step]) {
        self.steps = steps
        var looksAhead = false
        var hasByteFallback = false
        var isFused = false
        for step in steps {
            switch step {
            case .wordSuffix, .ctc: looksAhead = true
            case .strip(_, _, let end): looksAhead = looksAhead || (isFused && end > 0)
            case .replace: looksAhead = looksAhead || isFused
            case .byteFallback: hasByteFallback = true
            case .fuse, .byteLevel: isFused = true
            case .metaspace, .wordPiece, .spaced: break
            }
        }
        self.looksAhead = looksAhead
        self.hasByteFallback = hasByteFallback
    }

    /// The bytes of `tokens`. They may end inside a character.
    ///
    /// - Parameter startsText: false for tokens that continue a text that has been decoded before.
    func decode(_ tokens: [ArraySlice<UInt8>], startsText: Bool) throws(ZondaError) -> [UInt8] {
        if steps.count == 1, case .byteLevel = steps[0] { return Self.byteLevel(tokens) }
        var tokens = tokens
        var isFused = false
        for step in steps {
            switch step {
            case .byteLevel:
                tokens = [Self.byteLevel(tokens)[...]]
                isFused = true
            case .fuse:
                tokens = [ArraySlice(tokens.joined())]
                isFused = true
            case .byteFallback: tokens = Self.byteFallback(tokens)
            case .metaspace(let replacement, let dropsFirst):
                for index in tokens.indices {
                    let isFirst = startsText && index == 0
                    tokens[index] = Self.metaspace(tokens[index], replacement, dropsFirst: dropsFirst && isFirst)
                }
            case .wordPiece(let prefix, let cleansUp):
                for index in tokens.indices {
                    let isFirst = startsText && index == 0
                    tokens[index] = Self.wordPiece(tokens[index], prefix, cleansUp, isFirst: isFirst)
                }
            case .strip(let character, let start, let end):
                let start = isFused && !startsText ? 0 : start
                tokens = tokens.map { Self.strip($0, character, start, end) }
            case .replace(let delimiter, let content):
                for index in tokens.indices {
                    tokens[index] = try replacing(delimiter, with: content, in: Array(tokens[index]))[...]
                }
            case .wordSuffix(let suffix): tokens = Self.wordSuffix(tokens, suffix)
            case .ctc(let pad, let wordDelimiter, let cleansUp):
                tokens = Self.ctc(tokens, pad, wordDelimiter, cleansUp)
            case .spaced:
                tokens = tokens.enumerated().map { $0 == 0 && startsText ? $1 : [0x20] + $1 }
            }
        }
        return Array(tokens.joined())
    }

    /// Whether nothing that may follow can change the text of tokens that end in `token`, decoded to `bytes`.
    func settles(_ token: ArraySlice<UInt8>, _ bytes: [UInt8]) -> Bool {
        !looksAhead && !(hasByteFallback && Self.byte(spelledBy: token) != nil) && !endsInsideCharacter(bytes)
    }

    /// Whether `token` alone tells that more is to come, so that decoding can wait.
    func mustWait(after token: ArraySlice<UInt8>) -> Bool {
        looksAhead || (hasByteFallback && Self.byte(spelledBy: token) != nil)
    }
}

/// Whether the last bytes are a character that more bytes could complete.
func endsInsideCharacter(_ bytes: [UInt8]) -> Bool {
    var lead = bytes.count - 1
    let earliest = max(0, bytes.count - 3)
    while lead >= earliest, lead >= 0, bytes[lead] & 0xC0 == 0x80 { lead -= 1 }
    guard lead >= earliest, lead >= 0 else { return false }
    let length = bytes.count - lead
    switch bytes[lead] {
    case 0xC2...0xDF: return length < 2
    case 0xE0...0xEF, 0xF0...0xF4:
        guard length < (bytes[lead] < 0xF0 ? 3 : 4) else { return false }
        guard length > 1 else { return true }
        // The second byte is limited after some leads: overlong forms, surrogates, beyond U+10FFFF.
        switch (bytes[lead], bytes[lead + 1]) {
        case (0xE0, 0x80..<0xA0), (0xED, 0xA0...0xBF), (0xF0, 0x80..<0x90), (0xF4, 0x90...0xBF): return false
        default: return true
        }
    default: return false
    }
}
