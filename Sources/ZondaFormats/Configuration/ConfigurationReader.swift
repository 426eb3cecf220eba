public import OrderedCollections
public import ZondaCore

/// Strict typed reads over a JSON object such as `config.json`, which remembers what was read.
///
/// ```swift
/// let reader = try ConfigurationReader(path: "model/config.json")
/// let width = try reader.int("hidden_size")
/// let base = try reader.optionalDouble("rope_theta") ?? 10_000
/// let rope = try reader.optionalObject("rope_scaling")
/// try reader.expect("hidden_act", in: ["silu", "swish"])
/// ```
/// A read throws `badConfiguration`, naming file, key and value, when the key is missing or has another type. `optional…`
/// returns nil for a missing key and for `null`, which configurations use for "not set".
///
/// Not `Sendable`: one thread reads one configuration.
public final class ConfigurationReader {
    /// The file, for messages.
    public let name: String
    public let members: OrderedDictionary<String, JSONValue>
    /// What keys count as that the object does not have; a key that is there as `null` stays null.
    public var defaults: [String: JSONValue] = [:]
    /// The keys on the way to this object: `["rope_scaling"]`.
    private let parents: [String]
    private var readKeys: Set<String> = []
    private var children: [ConfigurationReader] = []

    /// A configuration may hold a few thousand numbers, such as rope factors; nothing needs more.
    public static let maxBytes = 16 << 20

    public convenience init(path: String) throws(ZondaError) {
        let file = try MappedFile(path)
        try self.init(parsing: Span(_bytes: try file.bytes()), name: path)
    }

    /// - Throws: `badFile` for what is not a JSON object.
    public convenience init(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) {
        guard bytes.count <= Self.maxBytes else {
            throw ZondaError(.badFile, "\(name): \(bytes.count) bytes, above the cap of \(Self.maxBytes)")
        }
        let value = try JSONValue(parsing: bytes, name: name)
        guard let members = value.object else {
            throw ZondaError(.badFile, "\(name): is \(value.kind), not an object", remedy: "fetch it again")
        }
        self.init(members, name: name)
    }

    public convenience init(_ members: OrderedDictionary<String, JSONValue>, name: String) {
        self.init(members, name: name, parents: [])
    }

    private init(_ members: OrderedDictionary<String, JSONValue>, name: String, parents: [String]) {
        self.members = members
        self.name = name
        self.parents = parents
    }

    /// Whether `key` is there and not null. Does not count as reading it.
    public func has(_ key: String) -> Bool { members[key].map { $0 != .null } ?? false }

    /// The keys that nothing has read, those of objects that were read too: `rope_scaling.factor`.
    public var unread: [String] {
        let own = members.keys.filter { !readKeys.contains($0) }.map { (parents + [$0]).joined(separator: ".") }
        return own + children.flatMap(\.unread)
    }

    /// Counts `keys` as read: what is known not to matter.
    public func ignore(_ keys: String...) { readKeys.formUnion(keys) }

    /// The value of `key` as it is, read without a type; nil when it is missing and has no default.
    public func value(_ key: String) -> JSONValue? {
        readKeys.insert(key)
        return members[key] ?? defaults[key]
    }

    /// The object at `key`, or nil.
    public func optionalObject(_ key: String) throws(ZondaError) -> ConfigurationReader? {
        guard let object = try read(key, "an object", \.object) else { return nil }
        let child = ConfigurationReader(object, name: name, parents: parents + [key])
        children.append(child)
        return child
    }

    /// An error about the value of `key`.
    ///
    /// - Parameters:
    ///   - problem: what is wrong with it, to follow "is 7": "is 7, not a multiple of 2".
    public func failure(_ key: String, _ problem: String, remedy: String? = nil) -> ZondaError {
        let path = (parents + [key]).joined(separator: ".")
        return ZondaError(
            .badConfiguration, "\(name): \(path) \(problem)",
            remedy: remedy ?? "use another version of the model, or report that it should be supported",
            facts: ["key": path])
    }

    func read<T>(_ key: String, _ wanted: String, _ convert: (JSONValue) -> T?) throws(ZondaError) -> T? {
        guard let value = value(key), value != .null else { return nil }
        guard let converted = convert(value) else {
            throw failure(key, "is \(Self.short(value)), not \(wanted)")
        }
        return converted
    }

    func required<T>(_ key: String, _ value: T?) throws(ZondaError) -> T {
        guard let value else {
            throw failure(key, members[key] == nil ? "is missing" : "is null", remedy: "fetch the file again")
        }
        return value
    }

    /// The value as text, cut where it is long.
    static func short(_ value: JSONValue) -> String {
        let text = value.text
        return text.count <= 60 ? text : text.prefix(60) + "…"
    }
}
