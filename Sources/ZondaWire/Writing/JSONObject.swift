import OrderedCollections
import ZondaFormats

/// The members of an object that is being written.
typealias JSONObject = OrderedDictionary<String, JSONValue>

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// A float32 with no more digits than tell it from its neighbours.
    static func float(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
}

/// Names of things on the wire: a prefix and 24 random digits.
public enum WireID {
    public static func make(_ prefix: String) -> String {
        prefix + String((0..<24).map { _ in Character(String(UInt8.random(in: 0..<16), radix: 16)) })
    }
}
