public import OrderedCollections
public import ZondaCore

/// The header of one safetensors file: where each tensor lies.
///
/// Source: https://github.com/huggingface/safetensors, section Format.
public struct SafetensorsFile: Sendable {
    /// The free text that the file carries beside its tensors.
    public let metadata: OrderedDictionary<String, String>
    /// By name, in the header's order.
    public let tensors: OrderedDictionary<String, SafetensorsTensor>

    /// The specification's limit for the header.
    public static let maxHeaderBytes = 100_000_000

    /// Parses the header and checks it against the specification: every tensor's bytes fit its type and shape, and all
    /// tensors together cover the rest of the file without holes or overlaps.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: the file's path, for messages.
    public init(parsing bytes: RawSpan, name: String) throws(ZondaError) {
        var reader = ByteReader(bytes, name: name)
        let headerBytes = try reader.count(cap: Self.maxHeaderBytes, "the header's length")
        let start = try reader.skip(headerBytes, "the header")
        guard headerBytes > 0, bytes.unsafeLoad(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: "{") else {
            throw reader.failure("the header does not begin with '{': not a safetensors file")
        }
        let span = Span<UInt8>(_bytes: bytes.extracting(start..<reader.offset))
        let header = try JSONValue(parsing: span, name: name, maxDepth: 8)
        var metadata: OrderedDictionary<String, String> = [:]
        var tensors: OrderedDictionary<String, SafetensorsTensor> = [:]
        for (key, value) in header.object ?? [:] {
            if key == "__metadata__" {
                metadata = try Self.metadata(value, reader)
            } else {
                tensors[key] = try SafetensorsTensor(key, value, dataOffset: reader.offset, reader)
            }
        }
        try Self.checkCovered(tensors.values, from: reader.offset, reader)
        self.metadata = metadata
        self.tensors = tensors
    }

    private static func metadata(
        _ value: JSONValue, _ reader: borrowing ByteReader
    ) throws(ZondaError) -> OrderedDictionary<String, String> {
        guard let members = value.object else { throw reader.failure("__metadata__ is \(value.kind), not an object") }
        var metadata: OrderedDictionary<String, String> = [:]
        for (key, member) in members {
            guard let text = member.string else {
                throw reader.failure("__metadata__ key \(key) is \(member.kind), not a string")
            }
            metadata[key] = text
        }
        return metadata
    }

    private static func checkCovered(
        _ tensors: some Collection<SafetensorsTensor>, from start: Int, _ reader: borrowing ByteReader
    ) throws(ZondaError) {
        var end = start
        for tensor in tensors.sorted(by: { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }) {
            guard tensor.offset == end else {
                let problem = tensor.offset < end ? "overlaps the one before it" : "leaves a hole before it"
                throw reader.failure("tensor \(tensor.name) begins at byte \(tensor.offset), not \(end): \(problem)")
            }
            end += tensor.byteCount
        }
        guard end == reader.bytes.byteCount else {
            throw reader.failure("the tensors end at byte \(end), and the file has \(reader.bytes.byteCount) bytes")
        }
    }
}

/// A tensor of a safetensors file.
public struct SafetensorsTensor: Sendable, Hashable {
    public let name: String
    /// The type's name in the file.
    public let type: String
    /// Row-major.
    public let shape: [Int]
    /// From the start of the file.
    public let offset: Int
    public let byteCount: Int

    fileprivate init(
        _ name: String, _ value: JSONValue, dataOffset: Int, _ reader: borrowing ByteReader
    ) throws(ZondaError) {
        guard let type = value["dtype"]?.string, let shape = value["shape"]?.array,
            let offsets = value["data_offsets"]?.array
        else { throw reader.failure("tensor \(name) lacks dtype, shape or data_offsets") }
        guard let bits = safetensorsTypeBits[type] else {
            throw ZondaError(
                .unsupported, "\(reader.name): tensor \(name) has the unknown type \(type)",
                remedy: "the types are \(safetensorsTypeBits.keys.sorted().joined(separator: ", "))")
        }
        self.shape = try shape.map { (dimension) throws(ZondaError) in
            guard case .integer(let count) = dimension, count >= 0 else {
                throw reader.failure("tensor \(name) has the dimension \(dimension.text)")
            }
            return count
        }
        guard offsets.count == 2, case .integer(let begin) = offsets[0], case .integer(let end) = offsets[1],
            begin >= 0, begin <= end, end <= reader.bytes.byteCount - dataOffset
        else {
            throw reader.failure(
                "tensor \(name) has data_offsets \(JSONValue.array(offsets).text), and the file has "
                    + "\(reader.bytes.byteCount - dataOffset) bytes of tensors")
        }
        guard isCountable(self.shape), let needed = Self.byteCount(self.shape, bits: bits), needed == end - begin else {
            throw reader.failure(
                "tensor \(name) of type \(type) and shape \(self.shape) has \(end - begin) bytes, which does not fit")
        }
        self.name = name
        self.type = type
        offset = dataOffset + begin
        byteCount = end - begin
    }

    private static func byteCount(_ shape: [Int], bits: Int) -> Int? {
        var total = bits
        for dimension in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
            guard !overflow else { return nil }
            total = product
        }
        return total % 8 == 0 ? total / 8 : nil
    }
}

/// Every type of the format, with the bits of one value.
private let safetensorsTypeBits: [String: Int] = [
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64,
]
