import ZondaCore

/// SentencePiece's byte-pair encoding: neighbours join when together they are a token, the best score first.
///
/// Characters that are no token become the tokens of their bytes, or the unknown token.
/// Source: Kudo and Richardson 2018; `tokenizer.ggml.model` "llama", `model_type` BPE of `tokenizer.model`.
struct ScoreMergeEncoder: Sendable {
    let vocabulary: Vocabulary
    let unknown: TokenID?
    /// By token: 0 for the highest score; equal scores have equal ranks. `UInt32.max` for tokens that nothing joins to.
    private let ranks: [UInt32]
    private let byteTokens: [TokenID]

    init(_ vocabulary: Vocabulary, scores: [Float], unknown: TokenID?) {
        self.vocabulary = vocabulary
        self.unknown = unknown
        byteTokens = vocabulary.byteTokenIDs()
        var ranks = [UInt32](repeating: .max, count: vocabulary.count)
        var rank: UInt32 = 0
        var last: Float?
        // A score that is not a number would order at random; those tokens never join.
        let order = (0..<vocabulary.count).filter { $0 < scores.count && !scores[$0].isNaN }
        for id in order.sorted(by: { scores[$0] > scores[$1] }) {
            if let last, scores[id] < last { rank += 1 }
            last = scores[id]
            ranks[id] = rank
        }
        self.ranks = ranks
    }

    func encode(_ pieces: Pieces, into ids: inout [TokenID], _ scratch: inout ModelScratch) {
        pieces.bytes.withUnsafeBufferPointer { text in
            for range in pieces.ranges {
                encode(UnsafeBufferPointer(rebasing: text[range]), into: &ids, &scratch.merger)
            }
        }
    }

    private func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [TokenID], _ merger: inout SymbolMerger) {
        merger.symbols.removeAll(keepingCapacity: true)
        var at = 0
        while at < word.count {
            let end = at + decodeScalar(word, at: at).width
            let token = vocabulary.id(of: UnsafeBufferPointer(rebasing: word[at..<end])) ?? -1
            merger.symbols.append(
                WordSymbol(token: token, start: Int32(truncatingIfNeeded: at), end: Int32(truncatingIfNeeded: end)))
            at = end
        }
        merger.merge(word, ScoreJoiner(vocabulary: vocabulary, ranks: ranks))
        for symbol in merger.symbols {
            if symbol.token >= 0 {
                ids.append(symbol.token)
                continue
            }
            let bytes = word[Int(symbol.start)..<Int(symbol.end)]
            if bytes.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
                for byte in bytes { ids.append(byteTokens[Int(byte)]) }
            } else if let unknown {
                ids.append(unknown)
            }
        }
    }
}

/// Joins what together is a token.
private struct ScoreJoiner: PairJoiner {
    let vocabulary: Vocabulary
    let ranks: [UInt32]

    @inline(__always)
    func merge(_ left: WordSymbol, _ right: WordSymbol, in word: UnsafeBufferPointer<UInt8>) -> MergeTable.Merge? {
        let joined = UnsafeBufferPointer(rebasing: word[Int(left.start)..<Int(right.end)])
        guard let token = vocabulary.id(of: joined), ranks[Int(token)] != .max else { return nil }
        return MergeTable.Merge(rank: ranks[Int(token)], token: token)
    }
}
