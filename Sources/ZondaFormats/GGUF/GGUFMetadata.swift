public import OrderedCollections
public import ZondaCore

/// The metadata of a GGUF file, in its order, with strict typed reads.
///
/// ```swift
/// let width = try metadata.int("llama.embedding_length")
/// let base = try metadata.optionalDouble("llama.rope.freq_base") ?? 10_000
/// ```
/// A read throws `badConfiguration`, naming file, key and value, when the key is missing (`optional…` returns nil
/// instead) or has another type.
public struct GGUFMetadata: Sendable {
    /// The file's path.
    public let name: String
    public let entries: OrderedDictionary<String, GGUFValue>

    public init(name: String, entries: OrderedDictionary<String, GGUFValue>) {
        self.name = name
        self.entries = entries
    }

    public subscript(key: String) -> GGUFValue? { entries[key] }

    public func int(_ key: String) throws(ZondaError) -> Int { try required(key, optionalInt(key)) }
    public func double(_ key: String) throws(ZondaError) -> Double { try required(key, optionalDouble(key)) }
    public func bool(_ key: String) throws(ZondaError) -> Bool { try required(key, optionalBool(key)) }
    public func string(_ key: String) throws(ZondaError) -> String { try required(key, optionalString(key)) }
    public func strings(_ key: String) throws(ZondaError) -> GGUFStrings { try required(key, optionalStrings(key)) }
    public func floats(_ key: String) throws(ZondaError) -> [Float] { try required(key, optionalFloats(key)) }
    public func intArray(_ key: String) throws(ZondaError) -> [Int] { try required(key, optionalIntArray(key)) }

    public func optionalInt(_ key: String) throws(ZondaError) -> Int? { try read(key, "an integer", \.integer) }
    public func optionalDouble(_ key: String) throws(ZondaError) -> Double? { try read(key, "a number", \.double) }
    public func optionalBool(_ key: String) throws(ZondaError) -> Bool? { try read(key, "a boolean", \.bool) }
    public func optionalString(_ key: String) throws(ZondaError) -> String? { try read(key, "a string", \.string) }

    public func optionalStrings(_ key: String) throws(ZondaError) -> GGUFStrings? {
        try read(key, "an array of strings", \.array?.strings)
    }

    public func optionalFloats(_ key: String) throws(ZondaError) -> [Float]? {
        try read(key, "an array of numbers", \.array?.numbers?.floats)
    }

    public func optionalIntArray(_ key: String) throws(ZondaError) -> [Int]? {
        try read(key, "an array of integers", \.array?.numbers?.integers)
    }

    public func optionalBoolArray(_ key: String) throws(ZondaError) -> [Bool]? {
        try read(key, "an array of booleans", \.array?.numbers?.bools)
    }

    private func read<T>(
        _ key: String, _ wanted: String, _ convert: (GGUFValue) -> T?
    ) throws(ZondaError) -> T? {
        guard let value = entries[key] else { return nil }
        guard let converted = convert(value) else {
            throw ZondaError(
                .badConfiguration, "\(name): metadata key \(key) is \(value.kind) (\(value)), not \(wanted)",
                remedy: "convert the model again with a current converter", facts: ["key": key])
        }
        return converted
    }

    private func required<T>(_ key: String, _ value: T?) throws(ZondaError) -> T {
        guard let value else {
            throw ZondaError(
                .badConfiguration, "\(name): metadata key \(key) is missing",
                remedy: "convert the model again with a current converter", facts: ["key": key])
        }
        return value
    }
}

extension GGUFMetadata {
    /// What tensors are aligned to: `general.alignment`, or 32.
    func alignment() throws(ZondaError) -> Int {
        guard let value = try optionalInt("general.alignment") else { return 32 }
        guard value > 0, value <= GGUFCaps.alignment, value & (value - 1) == 0 else {
            throw ZondaError(
                .badFile,
                "\(name): general.alignment is \(value), not a power of two of at most \(GGUFCaps.alignment)",
                remedy: "the file is damaged; fetch it again")
        }
        return value
    }
}
