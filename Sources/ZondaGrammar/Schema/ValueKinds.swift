/// Kinds of JSON values. Numbers are integers or not: `number` is both.
struct ValueKinds: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let null = ValueKinds(rawValue: 1)
    static let boolean = ValueKinds(rawValue: 2)
    static let integer = ValueKinds(rawValue: 4)
    static let fraction = ValueKinds(rawValue: 8)
    static let string = ValueKinds(rawValue: 16)
    static let array = ValueKinds(rawValue: 32)
    static let object = ValueKinds(rawValue: 64)
    static let number: ValueKinds = [.integer, .fraction]
    static let all: ValueKinds = [.null, .boolean, .number, .string, .array, .object]

    /// What `type` names; nil for another word.
    init?(named name: String) {
        switch name {
        case "null": self = .null
        case "boolean": self = .boolean
        case "integer": self = .integer
        case "number": self = .number
        case "string": self = .string
        case "array": self = .array
        case "object": self = .object
        default: return nil
        }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }
}
