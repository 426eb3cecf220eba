import ZondaCore

/// Byte-pair encoding: a word's characters, joined pair by pair in the order that training found.
///
/// Source: Sennrich et al. 2016; the options are those of `tokenizer.json`.
struct BytePairEncoder: Sendable {
    struct Options: Sendable {
        /// Stands for characters that are no token; nil drops them.
        var unknown: TokenID?
        /// Several unknown characters in a row are one unknown token.
        var fusesUnknown = false
        /// An unknown character becomes the tokens of its bytes, `<0xE2>`, if there are all of them.
        var fallsBackToBytes = false
        /// A word that is a token is that token, whatever the merges say.
        var ignoresMerges = false
        /// What tokens inside a word begin with.
        var continuingPrefix: [UInt8] = []
        /// What the last token of a word ends with.
        var endSuffix: [UInt8] = []
    }

    /// How long the texts are for which remembering words pays.
    private static let leastCachedLength = 256

    let vocabulary: Vocabulary
    let options: Options
    private let merges: MergeTable
    /// The tokens of characters below U+0800; -1 where there is none.
    private let characterTokens: [TokenID]
    private let byteTokens: [TokenID]

    init(_ vocabulary: Vocabulary, merges: MergeTable, _ options: Options) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.options = options
        characterTokens = (UInt32(0)..<0x800).map { scalar in
            vocabulary.id(of: Unicode.Scalar(scalar).map { String(Character($0)) } ?? "") ?? -1
        }
        byteTokens = options.fallsBackToBytes ? vocabulary.byteTokenIDs() : []
    }

    /// Appends the ids of every piece to `ids`.
    func encode(_ pieces: Pieces, into ids: inout [TokenID], _ scratch: inout ModelScratch) {
        let usesCache = pieces.bytes.count >= Self.leastCachedLength && pieces.ranges.count > 1
        pieces.bytes.withUnsafeBufferPointer { text in
            for range in pieces.ranges {
                let word = UnsafeBufferPointer(rebasing: text[range])
                guard usesCache else {
                    encode(word, into: &ids, &scratch.merger)
                    continue
                }
                let hash = byteHash(word)
                if scratch.cache.append(word, hash: hash, to: &ids) { continue }
                let start = ids.count
                encode(word, into: &ids, &scratch.merger)
                scratch.cache.insert(word, hash: hash, ids[start...])
            }
        }
    }

    private func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [TokenID], _ merger: inout SymbolMerger) {
        if options.ignoresMerges, let id = vocabulary.id(of: word) {
            ids.append(id)
            return
        }
        merger.symbols.removeAll(keepingCapacity: true)
        appendCharacters(of: word, to: &merger.symbols)
        merger.merge(word, MergeJoiner(merges: merges))
        for symbol in merger.symbols { ids.append(symbol.token) }
    }

    private func appendCharacters(of word: UnsafeBufferPointer<UInt8>, to symbols: inout [WordSymbol]) {
        var at = 0
        var lastIsUnknown = false
        while at < word.count {
            let (scalar, width) = decodeScalar(word, at: at)
            let end = at + width
            var symbol = WordSymbol(
                token: token(scalar, word, at..<end), start: Int32(truncatingIfNeeded: at),
                end: Int32(truncatingIfNeeded: end))
            defer { at = end }
            if symbol.token >= 0 {
                symbols.append(symbol)
                lastIsUnknown = false
            } else if options.fallsBackToBytes, word[at..<end].allSatisfy({ byteTokens[Int($0)] >= 0 }) {
                for index in at..<end {
                    symbol = WordSymbol(
                        token: byteTokens[Int(word[index])], start: Int32(truncatingIfNeeded: index),
                        end: Int32(truncatingIfNeeded: index + 1))
                    symbols.append(symbol)
                }
                lastIsUnknown = false
            } else if let unknown = options.unknown {
                if lastIsUnknown, options.fusesUnknown {
                    symbols[symbols.count - 1].end = symbol.end
                } else {
                    symbol.token = unknown
                    symbols.append(symbol)
                }
                lastIsUnknown = true
            }
        }
    }

    @inline(__always)
    private func token(_ scalar: UInt32, _ word: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> TokenID {
        if options.continuingPrefix.isEmpty, options.endSuffix.isEmpty {
            if scalar < 0x800 { return characterTokens[Int(scalar)] }
            return vocabulary.id(of: UnsafeBufferPointer(rebasing: word[range])) ?? -1
        }
        var spelled = range.lowerBound > 0 ? options.continuingPrefix : []
        spelled += word[range]
        if range.upperBound == word.count { spelled += options.endSuffix }
        return vocabulary.id(of: spelled) ?? -1
    }
}

/// Joins by the table of merges.
private struct MergeJoiner: PairJoiner {
    let merges: MergeTable

    @inline(__always)
    func merge(_ left: WordSymbol, _ right: WordSymbol, in word: UnsafeBufferPointer<UInt8>) -> MergeTable.Merge? {
        merges.merge(left.token, right.token)
    }
}
