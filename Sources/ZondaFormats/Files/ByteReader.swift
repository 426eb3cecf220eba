import ZondaCore

/// Reads little-endian values one after another; every read is checked against the end.
struct ByteReader: ~Escapable {
    let bytes: RawSpan
    /// What the bytes are, for messages.
    let name: String
    private(set) var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, name: String) {
        self.bytes = bytes
        self.name = name
    }

    var remaining: Int { bytes.byteCount - offset }

    /// Moves past `count` bytes and returns the offset of the first.
    mutating func skip(_ count: Int, _ what: @autoclosure () -> String) throws(ZondaError) -> Int {
        guard count >= 0, count <= remaining else {
            throw failure("\(what()) of \(count) bytes at byte \(offset), with \(remaining) left in the file")
        }
        defer { offset += count }
        return offset
    }

    mutating func value<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type, _ what: @autoclosure () -> String
    ) throws(ZondaError) -> T {
        let start = try skip(MemoryLayout<T>.size, what())
        return T(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: start, as: T.self))
    }

    /// A 64-bit count or length that must be at most `cap`.
    mutating func count(cap: Int, _ what: @autoclosure () -> String) throws(ZondaError) -> Int {
        let start = offset
        let value = try value(UInt64.self, what())
        guard value <= UInt64(cap) else {
            throw failure("\(what()) at byte \(start) is \(value), above the cap of \(cap)")
        }
        return Int(value)
    }

    /// UTF-8 text of `count` bytes.
    mutating func text(_ count: Int, _ what: @autoclosure () -> String) throws(ZondaError) -> String {
        let start = try skip(count, what())
        guard let text = bytes.extracting(start..<start + count).validatedText else {
            throw failure("\(what()) at byte \(start) is not UTF-8")
        }
        return text
    }

    func failure(_ problem: String) -> ZondaError {
        ZondaError(
            .badFile, "\(name): \(problem)", remedy: "the file is damaged or not what its name says; fetch it again",
            facts: ["offset": "\(offset)"])
    }
}

extension RawSpan {
    /// The bytes as UTF-8 text, or nil when they are not.
    var validatedText: String? {
        withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    }

    /// A copy of the bytes.
    var copied: [UInt8] {
        withUnsafeBytes { [UInt8]($0) }
    }
}
