import ZondaCore

/// Whole words, or the longest pieces that words begin with: WordLevel and WordPiece.
///
/// Source: Schuster and Nakajima 2012; as in BERT (Devlin et al. 2018).
struct WordEncoder: Sendable {
    enum Kind: Sendable {
        case word
        /// `continuing` begins tokens inside a word. Words of more than `maxCharacters` are unknown as a whole.
        case pieces(continuing: [UInt8], maxCharacters: Int)
        /// `marker` begins tokens that begin a word.
        case markedPieces(marker: [UInt8])
    }

    let vocabulary: Vocabulary
    let kind: Kind
    /// Stands for words that no tokens cover; without it such a text is an error.
    let unknown: TokenID?

    func encode(_ pieces: Pieces, into ids: inout [TokenID]) throws(ZondaError) {
        for range in pieces.ranges {
            let word = pieces.bytes[range]
            let start = ids.count
            if append(word, to: &ids) { continue }
            ids.removeSubrange(start...)
            guard let unknown else {
                throw ZondaError(
                    .badRequest,
                    "\(String(decoding: word, as: UTF8.self).debugDescription) is no token, and the vocabulary has no unknown token",
                    remedy: "take the word out")
            }
            ids.append(unknown)
        }
    }

    /// Appends the tokens of `word`; false when it is unknown.
    private func append(_ word: ArraySlice<UInt8>, to ids: inout [TokenID]) -> Bool {
        switch kind {
        case .word:
            guard let id = vocabulary.id(of: word) else { return false }
            ids.append(id)
            return true
        case .pieces(let continuing, let maxCharacters):
            let characters = word.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
            guard characters <= maxCharacters else { return false }
            return appendLongest(of: Array(word), later: continuing, to: &ids)
        case .markedPieces(let marker): return appendLongest(of: marker + word, later: [], to: &ids)
        }
    }

    private func appendLongest(of word: [UInt8], later prefix: [UInt8], to ids: inout [TokenID]) -> Bool {
        var start = 0
        while start < word.count {
            let before = start == 0 ? [] : prefix
            // No token is longer, so a long word costs its length times the longest token, not its length squared.
            var end = min(word.count, start + vocabulary.longestToken)
            var found: TokenID?
            while end > start {
                if end == word.count || word[end] & 0xC0 != 0x80 {
                    found = vocabulary.id(of: before + word[start..<end])
                    if found != nil { break }
                }
                end -= 1
            }
            guard let found else { return false }
            ids.append(found)
            start = end
        }
        return true
    }
}
