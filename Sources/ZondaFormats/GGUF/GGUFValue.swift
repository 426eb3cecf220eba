import ZondaCore

/// A metadata value of a GGUF file, with the type that the file gives it.
public enum GGUFValue: Sendable, Hashable {
    case uint8(UInt8)
    case int8(Int8)
    case uint16(UInt16)
    case int16(Int16)
    case uint32(UInt32)
    case int32(Int32)
    case uint64(UInt64)
    case int64(Int64)
    case float32(Float)
    case float64(Double)
    case bool(Bool)
    case string(String)
    case array(GGUFArray)
}

/// The type of a metadata value; the raw value is the number in the file.
public enum GGUFValueType: UInt32, Sendable {
    case uint8 = 0
    case int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Bytes of one value, or nil when they differ from value to value.
    var byteCount: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }
}

extension GGUFValue {
    /// The value as an integer; nil for other types and for an integer beyond `Int`.
    public var integer: Int? {
        switch self {
        case .uint8(let value): Int(value)
        case .int8(let value): Int(value)
        case .uint16(let value): Int(value)
        case .int16(let value): Int(value)
        case .uint32(let value): Int(value)
        case .int32(let value): Int(value)
        case .uint64(let value): Int(exactly: value)
        case .int64(let value): Int(value)
        default: nil
        }
    }

    /// The value as a number; nil for booleans, strings and arrays.
    public var double: Double? {
        switch self {
        case .float32(let value): Double(value)
        case .float64(let value): value
        case .uint64(let value): Double(value)
        default: integer.map(Double.init)
        }
    }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    public var array: GGUFArray? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    /// What kind of value it is, for messages: "a uint32", "an array of 3 strings".
    public var kind: String {
        switch self {
        case .uint8: "a uint8"
        case .int8: "an int8"
        case .uint16: "a uint16"
        case .int16: "an int16"
        case .uint32: "a uint32"
        case .int32: "an int32"
        case .uint64: "a uint64"
        case .int64: "an int64"
        case .float32: "a float32"
        case .float64: "a float64"
        case .bool: "a boolean"
        case .string: "a string"
        case .array(.numbers(let numbers)): "an array of \(numbers.count) \(numbers.type) values"
        case .array(.strings(let strings)): "an array of \(strings.count) strings"
        case .array(.arrays(let arrays)): "an array of \(arrays.count) arrays"
        }
    }
}

extension GGUFValue: CustomStringConvertible {
    /// The value as text; arrays as what they are, since they may be long.
    public var description: String {
        if let bool { return "\(bool)" }
        if let string { return string }
        if case .float32(let value) = self { return "\(value)" }
        if case .float64(let value) = self { return "\(value)" }
        if case .uint64(let value) = self { return "\(value)" }
        return integer.map(String.init) ?? kind
    }
}
