/// Writes small GGUF files for tests, right ones and wrong ones: nothing is checked.
public struct GGUFBuilder {
    public var version: UInt32 = 3
    public var magic: [UInt8] = Array("GGUF".utf8)
    public var alignment = 32
    /// What the header says instead of the true counts.
    public var tensorCount: UInt64?
    public var keyCount: UInt64?
    private var entries: [[UInt8]] = []
    private var records: [[UInt8]] = []
    private var data: [UInt8] = []

    public init() {}

    public static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }

    public static func bytes(of text: String) -> [UInt8] {
        bytes(of: UInt64(text.utf8.count)) + Array(text.utf8)
    }

    /// Adds a key whose type and value are given as in the file.
    public mutating func add(_ key: String, type: UInt32, _ value: [UInt8]) {
        entries.append(Self.bytes(of: key) + Self.bytes(of: type) + value)
    }

    public mutating func add(_ key: String, _ value: UInt32) { add(key, type: 4, Self.bytes(of: value)) }

    public mutating func add(_ key: String, _ value: UInt16) { add(key, type: 2, Self.bytes(of: value)) }

    public mutating func add(_ key: String, _ value: String) { add(key, type: 8, Self.bytes(of: value)) }

    public mutating func add(_ key: String, _ values: [String]) {
        let header = Self.bytes(of: UInt32(8)) + Self.bytes(of: UInt64(values.count))
        add(key, type: 9, header + values.flatMap { Self.bytes(of: $0) })
    }

    public mutating func add(_ key: String, _ values: [Float]) {
        let header = Self.bytes(of: UInt32(6)) + Self.bytes(of: UInt64(values.count))
        add(key, type: 9, header + values.flatMap { Self.bytes(of: $0.bitPattern) })
    }

    /// Adds a tensor; `dimensions` as in the file, the length of a row first. `offset` replaces the true one.
    public mutating func addTensor(
        _ name: String, dimensions: [UInt64], type: UInt32, _ bytes: [UInt8], offset: UInt64? = nil
    ) {
        data += [UInt8](repeating: 0, count: (alignment - data.count % alignment) % alignment)
        var record = Self.bytes(of: name) + Self.bytes(of: UInt32(dimensions.count))
        for dimension in dimensions { record += Self.bytes(of: dimension) }
        record += Self.bytes(of: type) + Self.bytes(of: offset ?? UInt64(data.count))
        records.append(record)
        data += bytes
    }

    public func build() -> [UInt8] {
        var file = magic + Self.bytes(of: version)
        file += Self.bytes(of: tensorCount ?? UInt64(records.count))
        file += Self.bytes(of: keyCount ?? UInt64(entries.count))
        file += entries.flatMap { $0 } + records.flatMap { $0 }
        guard !data.isEmpty else { return file }
        return file + [UInt8](repeating: 0, count: (alignment - file.count % alignment) % alignment) + data
    }
}
