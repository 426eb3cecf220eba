import OrderedCollections
import ZondaCore
import ZondaFormats

/// One object of a `tokenizer.json`, read with types; errors name the place.
struct SettingsReader {
    let members: OrderedDictionary<String, JSONValue>
    /// Where the object lies, for messages: "tokenizer.json: pre_tokenizer.pretokenizers[1]".
    let place: String

    init(_ value: JSONValue, place: String) throws(ZondaError) {
        guard case .object(let members) = value else {
            throw ZondaError(
                .badFile, "\(place) is \(value.kind), not an object", remedy: "the file is damaged; fetch it again")
        }
        self.members = members
        self.place = place
    }

    /// The member `key`; nil when it is missing or null.
    func value(_ key: String) -> JSONValue? {
        guard let value = members[key], value != .null else { return nil }
        return value
    }

    /// What `type` says the object is.
    func type() throws(ZondaError) -> String { try string("type") }

    func string(_ key: String) throws(ZondaError) -> String { try required(key, optionalString(key)) }
    func bool(_ key: String) throws(ZondaError) -> Bool { try required(key, optionalBool(key)) }
    func array(_ key: String) throws(ZondaError) -> [JSONValue] { try required(key, optionalArray(key)) }
    func object(_ key: String) throws(ZondaError) -> SettingsReader { try required(key, optionalObject(key)) }

    func optionalString(_ key: String) throws(ZondaError) -> String? { try read(key, "a string", \.string) }
    func optionalBool(_ key: String) throws(ZondaError) -> Bool? { try read(key, "a boolean", \.bool) }
    func optionalArray(_ key: String) throws(ZondaError) -> [JSONValue]? { try read(key, "an array", \.array) }

    func optionalObject(_ key: String) throws(ZondaError) -> SettingsReader? {
        guard let value = value(key) else { return nil }
        return try SettingsReader(value, place: "\(place).\(key)")
    }

    /// An integer from 0 to `limit`.
    func optionalCount(_ key: String, limit: Int) throws(ZondaError) -> Int? {
        guard let value = try read(key, "an integer", \.integer) else { return nil }
        guard 0...limit ~= value else { throw failure(key, "is \(value), not from 0 to \(limit)") }
        return value
    }

    func count(_ key: String, limit: Int) throws(ZondaError) -> Int {
        try required(key, optionalCount(key, limit: limit))
    }

    /// A token id.
    func optionalTokenID(_ key: String) throws(ZondaError) -> TokenID? {
        try optionalCount(key, limit: Vocabulary.maxCount - 1).map { TokenID($0) }
    }

    /// The objects of array `key`.
    func objects(_ key: String) throws(ZondaError) -> [SettingsReader] {
        var readers: [SettingsReader] = []
        for (index, value) in try array(key).enumerated() {
            readers.append(try SettingsReader(value, place: "\(place).\(key)[\(index)]"))
        }
        return readers
    }

    func failure(_ key: String, _ problem: String) -> ZondaError {
        ZondaError(
            .badFile, "\(place).\(key) \(problem)", remedy: "the file is damaged; fetch it again",
            facts: ["key": key])
    }

    /// The object is of a kind that Zonda lacks.
    func unsupported(_ type: String, known: String) -> ZondaError {
        ZondaError(
            .unsupported, "\(place) is of type \"\(type)\", which Zonda does not have", remedy: "it has \(known)",
            facts: ["type": type])
    }

    private func read<T>(_ key: String, _ wanted: String, _ convert: (JSONValue) -> T?) throws(ZondaError) -> T? {
        guard let value = value(key) else { return nil }
        guard let converted = convert(value) else { throw failure(key, "is \(value.kind), not \(wanted)") }
        return converted
    }

    private func required<T>(_ key: String, _ value: T?) throws(ZondaError) -> T {
        guard let value else { throw failure(key, "is missing") }
        return value
    }
}

extension SettingsReader {
    /// `pattern`: `{"String": ...}` or `{"Regex": ...}`.
    func delimiter() throws(ZondaError) -> Splitter.Delimiter {
        let pattern = try object("pattern")
        if let literal = try pattern.optionalString("String") { return .literal(Array(literal.utf8)) }
        return .pattern(try PatternProgram(pattern.string("Regex")))
    }

    func bytes(_ key: String) throws(ZondaError) -> [UInt8] { Array(try string(key).utf8) }
}
