/// Many byte strings in one block of memory: 150,000 tokens without 150,000 allocations.
public struct ByteStrings: Sendable, Equatable {
    /// All strings, one after the other.
    public private(set) var bytes: [UInt8] = []
    /// Where each string ends; it starts where the one before it ends.
    private var ends: [Int] = []

    public init() {}

    public init(_ strings: some Swift.Sequence<String>) {
        for string in strings { append(string.utf8) }
    }

    public var count: Int { ends.count }

    /// Where string `index` lies in `bytes`.
    @inlinable
    public func range(of index: Int) -> Range<Int> {
        start(of: index)..<start(of: index + 1)
    }

    @usableFromInline
    func start(of index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

    public subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(of: index)] }

    /// String `index` as text; bytes that are not UTF-8 become U+FFFD.
    public func text(of index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

    public mutating func reserve(count: Int, byteCount: Int) {
        ends.reserveCapacity(count)
        bytes.reserveCapacity(byteCount)
    }

    public mutating func append(_ string: some Swift.Sequence<UInt8>) {
        bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    public mutating func append(_ string: Span<UInt8>) {
        string.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
    }
}
