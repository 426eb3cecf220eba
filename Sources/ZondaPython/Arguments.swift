import OrderedCollections
import ZondaCore
import ZondaFormats

/// The members of one JSON object that Python sends, read strictly: a key or a value that is not expected is an error.
struct Arguments {
    /// What the object is, for messages: "load".
    let name: String
    private let members: OrderedDictionary<String, JSONValue>

    /// - Parameter keys: all keys that there may be.
    init(_ value: JSONValue?, name: String, keys: [String]) throws(ZondaError) {
        guard let members = value?.object else {
            throw ZondaError(.badRequest, "\(name) is \(value?.kind ?? "missing")", remedy: "send an object")
        }
        if let unknown = members.keys.first(where: { !keys.contains($0) }) {
            throw ZondaError(
                .badRequest, "\(name) has the key \"\(unknown)\", which this library does not know",
                remedy: "use the Python files that came with the library; it knows: \(keys.joined(separator: ", "))")
        }
        self.name = name
        self.members = members
    }

    /// A member, nil where it is missing or null.
    func value(_ key: String) -> JSONValue? {
        guard let value = members[key], value != .null else { return nil }
        return value
    }

    func optionalString(_ key: String) throws(ZondaError) -> String? {
        try optional(key, "a string", \.string)
    }

    func optionalInteger(_ key: String) throws(ZondaError) -> Int? {
        try optional(key, "an integer", \.integer)
    }

    func optionalBool(_ key: String) throws(ZondaError) -> Bool? {
        try optional(key, "a boolean", \.bool)
    }

    func optionalArray(_ key: String) throws(ZondaError) -> [JSONValue]? {
        try optional(key, "an array", \.array)
    }

    func string(_ key: String) throws(ZondaError) -> String {
        guard let value = try optionalString(key) else { throw missing(key, "a string") }
        return value
    }

    func integer(_ key: String) throws(ZondaError) -> Int {
        guard let value = try optionalInteger(key) else { throw missing(key, "an integer") }
        return value
    }

    /// Token ids.
    func tokens(_ key: String) throws(ZondaError) -> [TokenID] {
        guard let elements = try optionalArray(key) else { throw missing(key, "an array of token ids") }
        return try elements.tokens(name: "\(name).\(key)")
    }

    private func optional<Value>(
        _ key: String, _ kind: String, _ read: (JSONValue) -> Value?
    ) throws(ZondaError) -> Value? {
        guard let value = value(key) else { return nil }
        guard let result = read(value) else {
            throw ZondaError(.badRequest, "\(name).\(key) is \(value.kind)", remedy: "give \(kind)")
        }
        return result
    }

    private func missing(_ key: String, _ kind: String) -> ZondaError {
        ZondaError(.badRequest, "\(name).\(key) is missing", remedy: "give \(kind)")
    }
}

extension [JSONValue] {
    /// The elements as token ids; whether the model has them is for the runner to say.
    func tokens(name: String) throws(ZondaError) -> [TokenID] {
        var tokens: [TokenID] = []
        tokens.reserveCapacity(count)
        for element in self {
            guard let token = element.integer.flatMap(TokenID.init(exactly:)) else {
                throw ZondaError(.badRequest, "\(name) holds \(element.text)", remedy: "give token ids only")
            }
            tokens.append(token)
        }
        return tokens
    }
}
