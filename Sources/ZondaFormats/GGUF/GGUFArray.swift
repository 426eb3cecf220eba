/// An array in a GGUF file's metadata.
///
/// Values stay as the file's bytes, copied once: an array of 150,000 strings opens in about a millisecond, and none of
/// them becomes a `String` before it is asked for.
public enum GGUFArray: Sendable, Hashable {
    case numbers(GGUFNumbers)
    case strings(GGUFStrings)
    case arrays([GGUFArray])

    public var count: Int {
        switch self {
        case .numbers(let numbers): numbers.count
        case .strings(let strings): strings.count
        case .arrays(let arrays): arrays.count
        }
    }

    public var numbers: GGUFNumbers? {
        guard case .numbers(let numbers) = self else { return nil }
        return numbers
    }

    public var strings: GGUFStrings? {
        guard case .strings(let strings) = self else { return nil }
        return strings
    }
}

/// Numbers or booleans of one type, in order.
public struct GGUFNumbers: Sendable, Hashable {
    public let type: GGUFValueType
    public let count: Int
    private let storage: [UInt8]

    /// `storage` holds `count` little-endian values of `type`, which is a type of fixed size.
    init(_ type: GGUFValueType, count: Int, storage: [UInt8]) {
        self.type = type
        self.count = count
        self.storage = storage
    }

    /// All values as integers; nil for floats and booleans, or when one is beyond `Int`.
    public var integers: [Int]? {
        switch type {
        case .uint8: values(UInt8.self).map(Int.init)
        case .int8: values(Int8.self).map(Int.init)
        case .uint16: values(UInt16.self).map(Int.init)
        case .int16: values(Int16.self).map(Int.init)
        case .uint32: values(UInt32.self).map(Int.init)
        case .int32: values(Int32.self).map(Int.init)
        case .int64: values(Int64.self).map(Int.init)
        case .uint64: exactIntegers
        case .float32, .float64, .bool, .string, .array: nil
        }
    }

    /// All values as floats, integers converted; nil for booleans.
    public var floats: [Float]? {
        switch type {
        case .float32: values(UInt32.self).map(Float.init(bitPattern:))
        case .float64: values(UInt64.self).map { Float(Double(bitPattern: $0)) }
        default: integers?.map(Float.init)
        }
    }

    /// All values as booleans; nil for numbers.
    public var bools: [Bool]? {
        type == .bool ? storage.map { $0 != 0 } : nil
    }

    /// The bytes of an array of `uint8` or `int8`; nil for other types.
    public var bytes: [UInt8]? {
        type == .uint8 || type == .int8 ? storage : nil
    }

    private var exactIntegers: [Int]? {
        let all = values(UInt64.self)
        return all.allSatisfy { $0 <= UInt64(Int.max) } ? all.map(Int.init) : nil
    }

    private func values<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> [T] {
        storage.withUnsafeBytes { bytes in
            (0..<count).map {
                T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
            }
        }
    }
}

/// Strings in order, as bytes in one arena. Vocabularies hold pieces that are not UTF-8, so bytes are what is exact.
public struct GGUFStrings: Sendable, Hashable, RandomAccessCollection {
    /// Each string's 8-byte length and then its bytes, as in the file.
    private let arena: [UInt8]
    /// Where each string's bytes begin in the arena.
    private let starts: [UInt32]

    /// `starts` are the offsets of the bytes of the strings in `arena`, in which each is preceded by an 8-byte length.
    init(arena: [UInt8], starts: [UInt32]) {
        self.arena = arena
        self.starts = starts
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { starts.count }

    /// The string at `index`; what is not UTF-8 becomes U+FFFD.
    public subscript(index: Int) -> String {
        let range = range(at: index)
        return arena.withUnsafeBufferPointer { String(decoding: $0[range], as: UTF8.self) }
    }

    /// The bytes of the string at `index`, without copying.
    @_lifetime(borrow self)
    public func utf8(at index: Int) -> Span<UInt8> {
        arena.span.extracting(range(at: index))
    }

    /// Bytes of all strings together.
    public var utf8Count: Int { arena.count - 8 * starts.count }

    private func range(at index: Int) -> Range<Int> {
        let end = index + 1 < starts.count ? Int(starts[index + 1]) - 8 : arena.count
        return Int(starts[index])..<end
    }
}
