import ZondaCore

/// Cuts a normalized text into the pieces that the model tokenizes one by one.
struct PreTokenizer: Sendable {
    enum Step: Sendable {
        case split(Splitter)
        /// A space before each piece that has none.
        case prefixSpace
        /// Spells bytes in the printable alphabet.
        case byteAlphabet
        case metaspace(Metaspace)
        /// Pieces of so many characters.
        case fixedLength(Int)
    }

    /// Spaces become a visible mark, with one more before the text.
    struct Metaspace: Sendable {
        enum Prepend: String, Sendable, CaseIterable { case always, never, first }

        var replacement: [UInt8]
        var prepend: Prepend
        var splits: Bool
    }

    var steps: [Step]

    func apply(to pieces: inout Pieces) throws(ZondaError) {
        for step in steps {
            switch step {
            case .split(let splitter): try splitter.split(&pieces)
            case .prefixSpace:
                pieces.rewrite { piece, _, bytes in
                    if piece.first != 0x20 { bytes.append(0x20) }
                    bytes.append(contentsOf: piece)
                }
            case .byteAlphabet: pieces.rewrite { piece, _, bytes in ByteAlphabet.append(piece, to: &bytes) }
            case .metaspace(let metaspace): try metaspace.apply(to: &pieces)
            case .fixedLength(let length): pieces.cut(every: length)
            }
        }
    }
}

extension PreTokenizer {
    /// ASCII punctuation, symbols among it, and Unicode's.
    static let punctuation = #"[!-/:-@\[-`{-~\p{P}]"#

    /// BERT's: words at white space, punctuation by itself.
    static func bert() throws(ZondaError) -> PreTokenizer {
        PreTokenizer(steps: [
            .split(try Splitter(pattern: #"\s"#, .removed)), .split(try Splitter(pattern: punctuation, .isolated)),
        ])
    }
}

extension PreTokenizer.Metaspace {
    fileprivate func apply(to pieces: inout Pieces) throws(ZondaError) {
        pieces.rewrite { piece, startsText, bytes in
            let start = bytes.count
            for byte in piece {
                if byte == 0x20 { bytes.append(contentsOf: replacement) } else { bytes.append(byte) }
            }
            let isMarked = bytes[start...].starts(with: replacement)
            if !isMarked, prepend == .always || (prepend == .first && startsText) {
                bytes.insert(contentsOf: replacement, at: start)
            }
        }
        if splits { try Splitter(.literal(replacement), .mergedWithNext).split(&pieces) }
    }
}

extension Pieces {
    fileprivate mutating func cut(every length: Int) {
        var cut: [Range<Int>] = []
        for range in ranges {
            var start = range.lowerBound
            var count = 0
            for at in range where bytes[at] & 0xC0 != 0x80 {
                if count == length {
                    cut.append(start..<at)
                    (start, count) = (at, 0)
                }
                count += 1
            }
            cut.append(start..<range.upperBound)
        }
        ranges = cut
    }
}
