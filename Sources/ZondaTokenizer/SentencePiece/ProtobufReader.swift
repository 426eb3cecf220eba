import ZondaCore

/// Walks the fields of one Protocol Buffers message in untrusted bytes.
///
/// Source: the encoding page of protobuf.dev; groups, which no file in use has, are refused.
struct ProtobufReader: ~Escapable {
    enum Value {
        case integer(UInt64)
        case float(UInt32)
        case bytes(Range<Int>)
    }

    private let bytes: Span<UInt8>
    private let name: String
    private var at = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, name: String) {
        self.bytes = bytes
        self.name = name
    }

    /// The next field and its number; nil at the end. Ranges are within the message.
    mutating func next() throws(ZondaError) -> (field: Int, value: Value)? {
        guard at < bytes.count else { return nil }
        let tag = try varint()
        let field = Int(truncatingIfNeeded: tag >> 3)
        switch tag & 7 {
        case 0: return (field, .integer(try varint()))
        case 1:
            let low = try word()
            return (field, .integer(UInt64(low) | UInt64(try word()) << 32))
        case 2:
            let length = try varint()
            guard length <= UInt64(bytes.count - at) else {
                throw failure("field \(field) of \(length) bytes, of which \(bytes.count - at) are there")
            }
            let start = at
            at += Int(length)
            return (field, .bytes(start..<at))
        case 5: return (field, .float(try word()))
        default: throw failure("field \(field) of wire type \(tag & 7)")
        }
    }

    private mutating func varint() throws(ZondaError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard at < bytes.count else { throw failure("a number that is cut off") }
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw failure("a number of more than ten bytes")
    }

    private mutating func word() throws(ZondaError) -> UInt32 {
        guard bytes.count - at >= 4 else { throw failure("a number that is cut off") }
        defer { at += 4 }
        return (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
    }

    private func failure(_ problem: String) -> ZondaError {
        ZondaError(
            .badFile, "\(name): not a SentencePiece model: at byte \(at), \(problem)",
            remedy: "the file is damaged; fetch it again", facts: ["offset": "\(at)"])
    }
}
