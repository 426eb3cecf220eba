import ZondaCore

/// A vocabulary as a tree of bytes in preorder, so that a walk is one loop over arrays: a node whose byte can't follow is
/// left with its whole subtree by one jump.
struct TokenTrie: Sendable {
    /// By node; node 0 is the root. The byte on the edge from the parent.
    private(set) var bytes: [UInt8] = [0]
    /// By node: bytes from the root.
    private(set) var depths: [UInt16] = [0]
    /// By node: the first node after its subtree.
    private(set) var ends: [Int32] = [0]
    /// By node: a token that ends here, else -1.
    private(set) var tokens: [TokenID] = [-1]
    /// By token: the next one with the same bytes, else -1.
    private(set) var twins: [TokenID]
    /// In bytes.
    private(set) var longestToken = 0

    /// A token longer than this is left out: no mask would reach the end of it, and depths are 16 bits.
    static let maxTokenBytes = 4096

    init(_ vocabulary: [[UInt8]?]) {
        twins = Array(repeating: -1, count: vocabulary.count)
        var order: [(bytes: [UInt8], id: Int)] = []
        for (id, token) in vocabulary.enumerated() {
            guard let token, !token.isEmpty, token.count <= Self.maxTokenBytes else { continue }
            order.append((token, id))
        }
        order.sort { $0.bytes == $1.bytes ? $0.id < $1.id : $0.bytes.lexicographicallyPrecedes($1.bytes) }
        // The nodes from the root to the last token.
        var path = [0]
        for (token, id) in order {
            longestToken = max(longestToken, token.count)
            var shared = 0
            while shared < token.count, shared + 1 < path.count, bytes[path[shared + 1]] == token[shared] {
                shared += 1
            }
            close(&path, to: shared)
            for byte in token[shared...] {
                bytes.append(byte)
                depths.append(UInt16(path.count))
                ends.append(0)
                tokens.append(-1)
                path.append(bytes.count - 1)
            }
            let node = path[token.count]
            twins[id] = tokens[node]
            tokens[node] = TokenID(id)
        }
        close(&path, to: 0)
        ends[0] = Int32(bytes.count)
    }

    private mutating func close(_ path: inout [Int], to depth: Int) {
        while path.count > depth + 1 { ends[path.removeLast()] = Int32(bytes.count) }
    }
}
