/// Many byte strings in one block of memory: 150,000 tokens without 150,000 allocations.
struct ByteStrings: Sendable, Equatable {
    /// All strings, one after the other.
    private(set) var bytes: [UInt8] = []
    /// Where each string ends; it starts where the one before it ends.
    private var ends: [Int] = []

    init() {}

    init(_ strings: some Swift.Sequence<String>) {
        for string in strings { append(string.utf8) }
    }

    var count: Int { ends.count }

    /// Where string `index` lies in `bytes`.
    @inline(__always)
    func range(of index: Int) -> Range<Int> {
        start(of: index)..<start(of: index + 1)
    }

    private func start(of index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

    subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(of: index)] }

    /// String `index` as text; bytes that are not UTF-8 become U+FFFD.
    func text(of index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

    mutating func reserve(count: Int, byteCount: Int) {
        ends.reserveCapacity(count)
        bytes.reserveCapacity(byteCount)
    }

    mutating func append(_ string: some Swift.Sequence<UInt8>) {
        bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    mutating func append(_ string: Span<UInt8>) {
        string.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
    }
}
