import ZondaCore

/// A set of byte strings with a value each, walked byte by byte: what starts here?
struct ByteTrie: Sendable {
    private struct Edge {
        /// Node and byte, plus 1; 0 is a free slot.
        var key: UInt64
        var node: UInt32
    }

    static let root: UInt32 = 0
    private var edges = [Edge](repeating: Edge(key: 0, node: 0), count: 64)
    /// By node; -1 where no string ends.
    private var values: [Int32] = [-1]
    /// The bytes that some string starts with.
    private(set) var firstBytes = ByteSet()

    var isEmpty: Bool { values.count == 1 }

    /// Of two equal strings the value of the first stays.
    mutating func insert(_ string: some Collection<UInt8>, value: Int32) {
        guard let first = string.first else { return }
        firstBytes.insert(first)
        var node = Self.root
        for byte in string {
            if let next = child(of: node, byte) {
                node = next
            } else {
                node = addNode(under: node, byte)
            }
        }
        if values[Int(node)] < 0 { values[Int(node)] = value }
    }

    /// The value of the string that ends at `node`.
    @inline(__always)
    func value(at node: UInt32) -> Int32? {
        let value = values[Int(node)]
        return value < 0 ? nil : value
    }

    @inline(__always)
    func child(of node: UInt32, _ byte: UInt8) -> UInt32? {
        let key = Self.key(node, byte)
        var slot = Int(truncatingIfNeeded: fold(key ^ hashSeed)) & (edges.count - 1)
        while edges[slot].key != key {
            if edges[slot].key == 0 { return nil }
            slot = (slot + 1) & (edges.count - 1)
        }
        return edges[slot].node
    }

    private static func key(_ node: UInt32, _ byte: UInt8) -> UInt64 { (UInt64(node) << 8 | UInt64(byte)) + 1 }

    private mutating func addNode(under parent: UInt32, _ byte: UInt8) -> UInt32 {
        let node = UInt32(values.count)
        values.append(-1)
        if values.count * 2 > edges.count { grow() }
        place(Edge(key: Self.key(parent, byte), node: node))
        return node
    }

    private mutating func place(_ edge: Edge) {
        var slot = Int(truncatingIfNeeded: fold(edge.key ^ hashSeed)) & (edges.count - 1)
        while edges[slot].key != 0 { slot = (slot + 1) & (edges.count - 1) }
        edges[slot] = edge
    }

    private mutating func grow() {
        let old = edges
        edges = Array(repeating: Edge(key: 0, node: 0), count: old.count * 2)
        for edge in old where edge.key != 0 { place(edge) }
    }
}
