import OrderedCollections
import ZondaCore

/// The recursive part of reading a GGUF header; `GGUFFile.init(parsing:name:)` drives it.
struct GGUFParser: ~Escapable {
    var reader: ByteReader
    private var nestedArrayCount = 0

    @_lifetime(copy reader)
    init(reader: consuming ByteReader) {
        self.reader = reader
    }

    mutating func version() throws(ZondaError) -> Int {
        let magic = try reader.value(UInt32.self, "the magic number")
        guard magic == 0x4655_4747 else {
            throw reader.failure("does not begin with \"GGUF\" but with 0x\(String(magic.byteSwapped, radix: 16))")
        }
        let version = try reader.value(UInt32.self, "the version")
        switch version {
        case 2, 3: return Int(version)
        case _ where version & 0xFFFF == 0 && version != 0:
            throw ZondaError(
                .unsupported, "\(reader.name): a big-endian GGUF file of version \(version.byteSwapped)",
                remedy: "convert the model again as little-endian")
        default:
            throw ZondaError(
                .unsupported, "\(reader.name): GGUF version \(version); versions 2 and 3 are supported",
                remedy: "convert the model again with a current converter")
        }
    }

    mutating func metadata(count: Int) throws(ZondaError) -> OrderedDictionary<String, GGUFValue> {
        var entries: OrderedDictionary<String, GGUFValue> = [:]
        for index in 0..<count {
            let length = try reader.count(cap: GGUFCaps.keyBytes, "the length of metadata key \(index)")
            let key = try reader.text(length, "metadata key \(index)")
            let type = try valueType("key \(key)")
            let value = try value(of: type, key)
            guard entries.updateValue(value, forKey: key) == nil else {
                throw reader.failure("metadata key \(key) is there twice")
            }
        }
        return entries
    }

    mutating func tensorRecords(count: Int) throws(ZondaError) -> [GGUFTensorRecord] {
        var records: [GGUFTensorRecord] = []
        for index in 0..<count {
            let length = try reader.count(cap: GGUFCaps.tensorNameBytes, "the name length of tensor \(index)")
            let name = try reader.text(length, "the name of tensor \(index)")
            let dimensionCount = try reader.value(UInt32.self, "the dimension count of tensor \(name)")
            guard dimensionCount <= GGUFCaps.dimensions else {
                throw reader.failure(
                    "tensor \(name) has \(dimensionCount) dimensions, above the cap of \(GGUFCaps.dimensions)")
            }
            var dimensions: [UInt64] = []
            for _ in 0..<dimensionCount { dimensions.append(try reader.value(UInt64.self, "a dimension of \(name)")) }
            records.append(
                GGUFTensorRecord(
                    name: name, dimensions: dimensions, type: try reader.value(UInt32.self, "the type of \(name)"),
                    offset: try reader.value(UInt64.self, "the offset of \(name)")))
        }
        return records
    }

    private mutating func valueType(_ what: @autoclosure () -> String) throws(ZondaError) -> GGUFValueType {
        let number = try reader.value(UInt32.self, "the type of \(what())")
        guard let type = GGUFValueType(rawValue: number) else {
            throw reader.failure("\(what()) has the unknown type \(number); types 0 to 12 exist")
        }
        return type
    }

    private mutating func value(of type: GGUFValueType, _ key: String) throws(ZondaError) -> GGUFValue {
        switch type {
        case .uint8: .uint8(try reader.value(UInt8.self, key))
        case .int8: .int8(try reader.value(Int8.self, key))
        case .uint16: .uint16(try reader.value(UInt16.self, key))
        case .int16: .int16(try reader.value(Int16.self, key))
        case .uint32: .uint32(try reader.value(UInt32.self, key))
        case .int32: .int32(try reader.value(Int32.self, key))
        case .uint64: .uint64(try reader.value(UInt64.self, key))
        case .int64: .int64(try reader.value(Int64.self, key))
        case .float32: .float32(Float(bitPattern: try reader.value(UInt32.self, key)))
        case .float64: .float64(Double(bitPattern: try reader.value(UInt64.self, key)))
        case .bool: .bool(try bool(key))
        case .string: .string(try reader.text(try stringLength(key), key))
        case .array: .array(try array(key, depth: 1))
        }
    }

    private mutating func bool(_ key: String) throws(ZondaError) -> Bool {
        let byte = try reader.value(UInt8.self, key)
        guard byte <= 1 else { throw reader.failure("key \(key) is a boolean of value \(byte); 0 and 1 exist") }
        return byte == 1
    }

    private mutating func stringLength(_ key: String) throws(ZondaError) -> Int {
        try reader.count(cap: GGUFCaps.stringBytes, "the length of a string in key \(key)")
    }

    private mutating func array(_ key: String, depth: Int) throws(ZondaError) -> GGUFArray {
        guard depth <= GGUFCaps.arrayDepth else {
            throw reader.failure("key \(key) nests arrays deeper than \(GGUFCaps.arrayDepth)")
        }
        let type = try valueType("an array in key \(key)")
        let count = try reader.count(cap: GGUFCaps.arrayCount, "the length of an array in key \(key)")
        switch type {
        case .string: return .strings(try strings(key, count: count))
        case .array: return .arrays(try arrays(key, count: count, depth: depth))
        default: return .numbers(try numbers(key, type, count: count))
        }
    }

    private mutating func numbers(_ key: String, _ type: GGUFValueType, count: Int) throws(ZondaError) -> GGUFNumbers {
        let byteCount = count * (type.byteCount ?? 0)  // the cap on counts keeps this far from overflow
        let start = try reader.skip(byteCount, "the array in key \(key)")
        let storage = reader.bytes.extracting(start..<start + byteCount).copied
        if type == .bool, let wrong = storage.first(where: { $0 > 1 }) {
            throw reader.failure("key \(key) has a boolean of value \(wrong); 0 and 1 exist")
        }
        return GGUFNumbers(type, count: count, storage: storage)
    }

    private mutating func arrays(_ key: String, count: Int, depth: Int) throws(ZondaError) -> [GGUFArray] {
        var arrays: [GGUFArray] = []
        for _ in 0..<count {
            nestedArrayCount += 1
            guard nestedArrayCount <= GGUFCaps.nestedArrays else {
                throw reader.failure("more than \(GGUFCaps.nestedArrays) arrays within arrays, at key \(key)")
            }
            arrays.append(try array(key, depth: depth + 1))
        }
        return arrays
    }

    private mutating func strings(_ key: String, count: Int) throws(ZondaError) -> GGUFStrings {
        // Each string takes at least its length, so a count that can't be there fails before memory is taken for it.
        guard count <= reader.remaining / 8 else {
            throw reader.failure("key \(key) has \(count) strings and the file \(reader.remaining) more bytes")
        }
        let begin = reader.offset
        var starts: [UInt32] = []
        starts.reserveCapacity(count)
        for _ in 0..<count {
            let length = try stringLength(key)
            let start = try reader.skip(length, key) - begin
            guard let start = UInt32(exactly: start) else {
                throw reader.failure("key \(key) has more than 4 GiB of strings")
            }
            starts.append(start)
        }
        return GGUFStrings(arena: reader.bytes.extracting(begin..<reader.offset).copied, starts: starts)
    }
}

/// A tensor's entry as it is written in the header.
struct GGUFTensorRecord {
    let name: String
    /// The first is the length of a row.
    let dimensions: [UInt64]
    let type: UInt32
    /// From the start of the tensors' bytes.
    let offset: UInt64

    func located(dataOffset: Int, alignment: Int, in reader: borrowing ByteReader) throws(ZondaError) -> GGUFTensor {
        guard let dtype = DType(ggml: type) else {
            let described = DType.removedGGMLName(type).map { "\($0), which GGML has dropped" } ?? "number \(type)"
            throw ZondaError(
                .unsupported, "\(reader.name): tensor \(name) has type \(described)",
                remedy: "quantize the model again to a type of the GGUF specification", facts: ["tensor": name])
        }
        let shape = dimensions.reversed().map { Int(clamping: $0) }
        guard let byteCount = byteCount(of: shape, dtype) else {
            throw reader.failure(
                "tensor \(name) of shape \(shape) and type \(dtype.rawValue) does not fill whole blocks of "
                    + "\(dtype.blockSize) values in each row, or is too large for any machine")
        }
        guard offset % UInt64(alignment) == 0 else {
            throw reader.failure("tensor \(name) begins at \(offset), not a multiple of the alignment \(alignment)")
        }
        let size = reader.bytes.byteCount
        // No bytes need no room: the last tensor of a file may be empty.
        guard offset <= UInt64(max(0, size - dataOffset)), Int(offset) + byteCount <= max(0, size - dataOffset) else {
            throw reader.failure(
                "tensor \(name) needs \(byteCount) bytes at \(offset) after byte \(dataOffset), and the file has "
                    + "\(size) bytes")
        }
        return GGUFTensor(
            name: name, dtype: dtype, shape: shape, offset: dataOffset + Int(offset), byteCount: byteCount)
    }
}

/// Bytes of a tensor of this shape, or nil when rows are not whole blocks or the size overflows.
func byteCount(of shape: [Int], _ dtype: DType) -> Int? {
    guard isCountable(shape), var bytes = dtype.byteCount(of: shape.last ?? 1) else { return nil }
    for dimension in shape.dropLast() {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
        guard !overflow else { return nil }
        bytes = product
    }
    // Leaves room to add offsets within a file without another check.
    return bytes <= Int.max / 4 ? bytes : nil
}

/// Whether every product of some of the dimensions fits: a 0 among them must not hide that the others overflow, as rows
/// are counted without the last dimension.
func isCountable(_ shape: [Int]) -> Bool {
    var count = 1
    for dimension in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: max(1, dimension))
        guard dimension >= 0, !overflow else { return false }
        count = product
    }
    return true
}
