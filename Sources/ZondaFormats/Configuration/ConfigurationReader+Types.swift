public import ZondaCore

extension ConfigurationReader {
    public func int(_ key: String) throws(ZondaError) -> Int { try required(key, optionalInt(key)) }
    public func double(_ key: String) throws(ZondaError) -> Double { try required(key, optionalDouble(key)) }
    public func bool(_ key: String) throws(ZondaError) -> Bool { try required(key, optionalBool(key)) }
    public func string(_ key: String) throws(ZondaError) -> String { try required(key, optionalString(key)) }
    public func intArray(_ key: String) throws(ZondaError) -> [Int] { try required(key, optionalIntArray(key)) }
    public func doubleArray(_ key: String) throws(ZondaError) -> [Double] {
        try required(key, optionalDoubleArray(key))
    }
    public func stringArray(_ key: String) throws(ZondaError) -> [String] {
        try required(key, optionalStringArray(key))
    }
    public func object(_ key: String) throws(ZondaError) -> ConfigurationReader {
        try required(key, optionalObject(key))
    }

    public func optionalInt(_ key: String) throws(ZondaError) -> Int? { try read(key, "an integer", \.integer) }
    public func optionalDouble(_ key: String) throws(ZondaError) -> Double? { try read(key, "a number", \.double) }
    public func optionalBool(_ key: String) throws(ZondaError) -> Bool? { try read(key, "true or false", \.bool) }
    public func optionalString(_ key: String) throws(ZondaError) -> String? { try read(key, "a string", \.string) }

    public func optionalIntArray(_ key: String) throws(ZondaError) -> [Int]? {
        try optionalArray(key, "a list of integers", \.integer)
    }

    public func optionalDoubleArray(_ key: String) throws(ZondaError) -> [Double]? {
        try optionalArray(key, "a list of numbers", \.double)
    }

    public func optionalStringArray(_ key: String) throws(ZondaError) -> [String]? {
        try optionalArray(key, "a list of strings", \.string)
    }

    /// An integer of at least `minimum`, such as a size that is divided by.
    public func int(_ key: String, atLeast minimum: Int) throws(ZondaError) -> Int {
        let value = try int(key)
        guard value >= minimum else { throw failure(key, "is \(value); at least \(minimum) is supported") }
        return value
    }

    /// One integer or a list of them, as `eos_token_id` is written; nil when it is missing.
    public func optionalIntOrArray(_ key: String) throws(ZondaError) -> [Int]? {
        try read(key, "an integer or a list of integers") { value in
            value.integer.map { [$0] } ?? Self.list(value, \.integer)
        }
    }

    /// The string at `key`, which must be one of `supported`.
    @discardableResult
    public func expect(_ key: String, in supported: [String]) throws(ZondaError) -> String {
        let value = try string(key)
        guard supported.contains(value) else {
            let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
            throw failure(key, "is \"\(value)\"; supported: \(list)")
        }
        return value
    }

    /// Checks a switch that the code was written for one position of; a missing key counts as that position.
    public func expect(_ key: String, _ supported: Bool) throws(ZondaError) {
        guard try optionalBool(key) ?? supported == supported else {
            throw failure(key, "is \(!supported); supported: \(supported)")
        }
    }

    private func optionalArray<T>(
        _ key: String, _ wanted: String, _ convert: (JSONValue) -> T?
    ) throws(ZondaError) -> [T]? {
        try read(key, wanted) { Self.list($0, convert) }
    }

    private static func list<T>(_ value: JSONValue, _ convert: (JSONValue) -> T?) -> [T]? {
        guard let elements = value.array else { return nil }
        let converted = elements.compactMap(convert)
        return converted.count == elements.count ? converted : nil
    }
}
