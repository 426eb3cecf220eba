/// Finds markers such as `<tool_call>` in text that comes byte by byte; bytes that could still become one are held back.
struct MarkerScanner: Sendable {
    /// What a byte brought.
    enum Found: Equatable {
        /// Bytes that are no part of a marker; often none.
        case text([UInt8])
        /// A marker, by its index, and the bytes before it.
        case marker(Int, after: [UInt8])
    }

    private let markers: [[UInt8]]
    private let firstBytes: [UInt8]
    private var held: [UInt8] = []

    /// - Parameter markers: none is empty, and none begins another, or that one would never be found.
    init(_ markers: [String]) {
        self.markers = markers.map { Array($0.utf8) }
        firstBytes = self.markers.map { $0[0] }
    }

    /// How many of the first bytes are text whatever follows them, and need not be appended.
    func plainCount(_ bytes: ArraySlice<UInt8>) -> Int {
        guard held.isEmpty else { return 0 }
        return (bytes.firstIndex { firstBytes.contains($0) } ?? bytes.endIndex) - bytes.startIndex
    }

    mutating func append(_ byte: UInt8) -> Found {
        held.append(byte)
        for (index, marker) in markers.enumerated() where held.suffix(marker.count).elementsEqual(marker) {
            defer { held = [] }
            return .marker(index, after: Array(held.dropLast(marker.count)))
        }
        let released = held.count - pendingCount
        defer { held.removeFirst(released) }
        return .text(Array(held.prefix(released)))
    }

    /// What is held back, at the end.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }

    /// The longest end of what is held that begins a marker.
    private var pendingCount: Int {
        let longest = min(held.count, (markers.map(\.count).max() ?? 1) - 1)
        for count in stride(from: longest, to: 0, by: -1) {
            let end = held.suffix(count)
            if markers.contains(where: { $0.starts(with: end) }) { return count }
        }
        return 0
    }
}
