import OrderedCollections
import ZondaCore
import ZondaFormats

/// A JSON Schema with its subschemas by number, so that sets of them can be compared.
struct SchemaDocument {
    private let root: JSONValue
    private var numbers: [String: Int] = [:]
    private(set) var schemas: [(value: JSONValue, pointer: String)] = []
    private var anchors: [String: String] = [:]
    private let baseID: String?

    /// Subschemas in subschemas: walks here recurse as deep.
    static let maxDepth = 128

    init(_ root: JSONValue) throws(ZondaError) {
        self.root = root
        baseID = root["$id"]?.string
        try findAnchors(root, "", depth: 0)
    }

    /// The number of the subschema at a JSON pointer that is known to be there.
    mutating func number(of value: JSONValue, at pointer: String) -> Int {
        if let number = numbers[pointer] { return number }
        numbers[pointer] = schemas.count
        schemas.append((value, pointer))
        return schemas.count - 1
    }

    /// The number of the schema that `$ref` names (RFC 6901 pointers and anchors within the document).
    mutating func number(reference: String, from pointer: String) throws(ZondaError) -> Int {
        var fragment = reference
        if let baseID, reference.hasPrefix(baseID), !baseID.isEmpty { fragment.removeFirst(baseID.count) }
        if fragment.isEmpty, !reference.isEmpty { fragment = "#" }
        guard fragment.hasPrefix("#") else {
            throw Self.failure(
                "$ref to \"\(reference)\" leaves the document", at: pointer + "/$ref",
                remedy: "copy what it refers to into $defs")
        }
        fragment.removeFirst()
        let text = try Self.decodingPercents(fragment, pointer)
        if text.isEmpty { return number(of: root, at: "") }
        if let anchor = anchors[text], let value = value(at: anchor) { return number(of: value, at: anchor) }
        guard text.hasPrefix("/"), let value = value(at: text) else {
            throw Self.failure("$ref to \"\(reference)\", which is not there", at: pointer + "/$ref", remedy: nil)
        }
        return number(of: value, at: text)
    }

    private func value(at pointer: String) -> JSONValue? {
        var value = root
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let key = Self.unescaping(String(token))
            switch value {
            case .object(let members):
                guard let member = members[key] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Int(key), elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// Anchors of all subschemas. Instances, which could hold anything, are passed over.
    private mutating func findAnchors(_ value: JSONValue, _ pointer: String, depth: Int) throws(ZondaError) {
        guard depth <= 2 * Self.maxDepth else {
            throw Self.failure("the schema nests deeper than \(2 * Self.maxDepth), the cap", at: pointer, remedy: nil)
        }
        switch value {
        case .object(let members):
            for name in ["$anchor", "$dynamicAnchor"] {
                if let anchor = members[name]?.string { anchors[anchor] = pointer }
            }
            for (key, member) in members where !["enum", "const", "default", "examples"].contains(key) {
                try findAnchors(member, pointer + "/" + Self.escaping(key), depth: depth + 1)
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                try findAnchors(element, pointer + "/\(index)", depth: depth + 1)
            }
        default: break
        }
    }

    // MARK: Pointers

    static func escaping(_ key: String) -> String {
        var text = ""
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func unescaping(_ token: String) -> String {
        var text = ""
        var scalars = Array(token.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            if scalar == "~", scalars.first == "0" || scalars.first == "1" {
                text += scalars.removeFirst() == "0" ? "~" : "/"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func decodingPercents(_ text: String, _ pointer: String) throws(ZondaError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                rest.removeFirst(2)
                bytes.append(value)
            } else {
                bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw failure("$ref is not UTF-8", at: pointer + "/$ref", remedy: nil)
        }
        return decoded
    }

    static func failure(_ problem: String, at pointer: String, remedy: String?) -> ZondaError {
        ZondaError(
            .badRequest, "JSON Schema, at \(pointer.isEmpty ? "the root" : pointer): \(problem)",
            remedy: remedy ?? "see docs/structured-output.md for what is supported", facts: ["pointer": pointer])
    }
}
