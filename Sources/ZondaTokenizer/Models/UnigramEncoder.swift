import ZondaCore

/// The unigram model: of all ways to cut a text into tokens, the most probable.
///
/// Viterbi over the bytes of a piece. Source: Kudo 2018; ties and unknown characters as in SentencePiece.
struct UnigramEncoder: Sendable {
    /// How much less probable an unknown character is than the least probable token.
    private static let unknownPenalty = 10.0

    struct Options: Sendable {
        /// Stands for what no token covers; without it such a text is an error.
        var unknown: TokenID?
        var fallsBackToBytes = false
    }

    let vocabulary: Vocabulary
    private let options: Options
    private let scores: [Double]
    private let unknownScore: Double
    private let trie: ByteTrie
    private let byteTokens: [TokenID]

    /// - Parameters:
    ///   - leastScore: of the tokens that count for how improbable the unknown is.
    ///   - isText: whether text may become that token.
    init(
        _ vocabulary: Vocabulary, scores: [Double], leastScore: Double, _ options: Options, isText: (Int) -> Bool
    ) {
        self.vocabulary = vocabulary
        self.options = options
        self.scores = scores
        unknownScore = leastScore - Self.unknownPenalty
        byteTokens = options.fallsBackToBytes ? vocabulary.byteTokenIDs() : []
        var trie = ByteTrie()
        for id in 0..<vocabulary.count where isText(id) {
            trie.insert(vocabulary.tokens[id], value: Int32(truncatingIfNeeded: id))
        }
        self.trie = trie
    }

    func encode(_ pieces: Pieces, into ids: inout [TokenID], _ scratch: inout ModelScratch) throws(ZondaError) {
        let isEncoded = pieces.bytes.withUnsafeBufferPointer { text in
            for range in pieces.ranges {
                let piece = UnsafeBufferPointer(rebasing: text[range])
                guard findBest(piece, &scratch.lattice) else { return false }
                appendBest(piece, scratch.lattice, &ids)
            }
            return true
        }
        guard isEncoded else {
            throw ZondaError(
                .badRequest, "the text has a character that is no token, and the vocabulary has no unknown token",
                remedy: "take the character out")
        }
    }

    /// Fills `lattice` with the best way to each position; false when there is none without an unknown token.
    private func findBest(_ piece: UnsafeBufferPointer<UInt8>, _ lattice: inout Lattice) -> Bool {
        lattice.reset(count: piece.count + 1)
        var start = 0
        while start < piece.count {
            let width = decodeScalar(piece, at: start).width
            let score = lattice.scores[start]
            var coversCharacter = false
            var node = ByteTrie.root
            var at = start
            while at < piece.count, let next = trie.child(of: node, piece[at]) {
                node = next
                at += 1
                guard let token = trie.value(at: node) else { continue }
                lattice.offer(token, from: start, to: at, score: score + scores[Int(token)])
                if at - start == width { coversCharacter = true }
            }
            if !coversCharacter {
                guard let unknown = options.unknown else { return false }
                lattice.offer(unknown, from: start, to: start + width, score: score + unknownScore)
            }
            start += width
        }
        return true
    }

    private func appendBest(_ piece: UnsafeBufferPointer<UInt8>, _ lattice: Lattice, _ ids: inout [TokenID]) {
        var path: [(range: Range<Int>, token: TokenID)] = []
        var end = piece.count
        while end > 0 {
            let start = Int(lattice.starts[end])
            let token = lattice.tokens[end]
            // Unknown characters in a row are one.
            if token == options.unknown, let last = path.last, last.token == token {
                path[path.count - 1].range = start..<last.range.upperBound
            } else {
                path.append((start..<end, token))
            }
            end = start
        }
        for (range, token) in path.reversed() {
            guard token == options.unknown else {
                ids.append(token)
                continue
            }
            let bytes = UnsafeBufferPointer(rebasing: piece[range])
            if let whole = vocabulary.id(of: bytes) {
                ids.append(whole)
            } else if options.fallsBackToBytes, bytes.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
                for byte in bytes { ids.append(byteTokens[Int(byte)]) }
            } else {
                ids.append(token)
            }
        }
    }
}

/// The best way found to each position of a piece.
struct Lattice {
    fileprivate private(set) var scores: [Double] = []
    fileprivate private(set) var starts: [Int32] = []
    fileprivate private(set) var tokens: [TokenID] = []

    fileprivate mutating func reset(count: Int) {
        scores = Array(repeating: 0, count: count)
        starts = Array(repeating: -1, count: count)
        tokens = Array(repeating: 0, count: count)
    }

    @inline(__always)
    fileprivate mutating func offer(_ token: TokenID, from start: Int, to end: Int, score: Double) {
        guard starts[end] < 0 || score > scores[end] else { return }
        scores[end] = score
        starts[end] = Int32(truncatingIfNeeded: start)
        tokens[end] = token
    }
}
