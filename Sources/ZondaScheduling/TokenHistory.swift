import ZondaCore

/// What a sequence consists of so far: the prompt and the tokens that were read.
struct TokenHistory: Sendable {
    private(set) var tokens: [TokenID]
    /// Content ids of the prompt where they differ from the tokens.
    private let contentIDs: [Int64]?
    let domain: Int64

    init(_ request: SequenceRequest) {
        tokens = request.tokens
        contentIDs = request.contentIDs
        domain = request.cacheDomain
    }

    var count: Int { tokens.count }

    mutating func append(_ token: TokenID) { tokens.append(token) }

    func content(at position: Int) -> Int64 {
        guard let contentIDs, position < contentIDs.count else { return Int64(tokens[position]) }
        return contentIDs[position]
    }

    /// The content ids of a full page.
    func page(_ index: Int, size: Int) -> [Int64] {
        (index * size..<(index + 1) * size).map { content(at: $0) }
    }

    /// Full pages that both begin with, at most `limit`.
    func commonPageCount(with other: TokenHistory, size: Int, limit: Int) -> Int {
        guard domain == other.domain else { return 0 }
        var position = 0
        let end = min(limit * size, count, other.count)
        while position < end, content(at: position) == other.content(at: position) { position += 1 }
        return position / size
    }
}
