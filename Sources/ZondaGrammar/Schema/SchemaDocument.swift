import OrderedCollections
import ZondaCore
import ZondaFormats

/// A JSON Schema with its subschemas by number, so that sets of them can be compared.
struct SchemaDocument {
    private let root: JSONValue
    private var numbers: [String: Int] = [:]
    private(set) var schemas: [(value: JSONValue, pointer: String)] = []
    /// The keys and indices that lead to each.
    private var anchors: [String: [String]] = [:]
    private let baseID: String?
    private var pointerByteCount = 0

    /// What the work on automata and combinations of subschemas took so far.
    var steps = StepCount()
    var parts: [Int: SchemaParts] = [:]
    private var automata: [String: ScalarAutomaton] = [:]
    var cases: [[Int]: [SchemaCase]] = [:]
    var languages: [[Int]: ScalarAutomaton] = [:]

    /// Subschemas in subschemas: walks here recurse as deep.
    static let maxDepth = 128
    /// Keys, texts and values. Schemas in use are below 200 KiB.
    static let maxByteCount = 2 << 20
    /// JSON pointers of all subschemas: a long key is in those of all below it.
    private static let maxPointerBytes = 64 << 20
    /// Each keeps a path. Schemas in use name theirs by hand.
    private static let maxAnchorCount = 1000

    init(_ root: JSONValue) throws(ZondaError) {
        self.root = root
        baseID = root["$id"]?.string
        let byteCount = try Self.byteCount(of: root)
        guard byteCount <= Self.maxByteCount else {
            throw Self.failure(
                "a schema of about \(byteCount) bytes is above the cap of \(Self.maxByteCount)", at: "",
                remedy: "use a smaller one")
        }
        var path: [String] = []
        try findAnchors(root, &path)
    }

    /// About the bytes of a value as text.
    static func byteCount(of value: JSONValue, depth: Int = 0) throws(ZondaError) -> Int {
        guard depth <= 2 * maxDepth else {
            throw failure("the schema nests deeper than \(2 * maxDepth), the cap", at: "", remedy: nil)
        }
        var count = 4
        switch value {
        case .object(let members):
            for (key, member) in members {
                count += 4 + key.utf8.count
                count += try byteCount(of: member, depth: depth + 1)
            }
        case .array(let elements):
            for element in elements { count += try byteCount(of: element, depth: depth + 1) }
        case .string(let text): count += text.utf8.count
        default: break
        }
        return count
    }

    /// The automaton that `make` makes, once for each name.
    mutating func automaton(
        _ name: String, _ make: (inout StepCount) throws(ZondaError) -> ScalarAutomaton
    ) throws(ZondaError) -> ScalarAutomaton {
        if let known = automata[name] { return known }
        let made = try make(&steps)
        automata[name] = made
        return made
    }

    /// The number of the subschema at a JSON pointer that is known to be there.
    mutating func number(of value: JSONValue, at pointer: String) throws(ZondaError) -> Int {
        if let number = numbers[pointer] { return number }
        pointerByteCount += pointer.utf8.count
        guard pointerByteCount <= Self.maxPointerBytes else {
            throw Self.failure(
                "the JSON pointers of subschemas take more than \(Self.maxPointerBytes) bytes, the cap",
                at: String(pointer.prefix(100)) + "…", remedy: "use shorter names, or nest less")
        }
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
        if text.isEmpty { return try number(of: root, at: "") }
        if let path = anchors[text] {
            let anchor = path.map { "/" + Self.escaping($0) }.joined()
            if let value = value(at: anchor) { return try number(of: value, at: anchor) }
        }
        guard text.hasPrefix("/"), let value = value(at: text) else {
            throw Self.failure("$ref to \"\(reference)\", which is not there", at: pointer + "/$ref", remedy: nil)
        }
        return try number(of: value, at: text)
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
    private mutating func findAnchors(_ value: JSONValue, _ path: inout [String]) throws(ZondaError) {
        switch value {
        case .object(let members):
            for name in ["$anchor", "$dynamicAnchor"] {
                if let anchor = members[name]?.string { anchors[anchor] = path }
            }
            guard anchors.count <= Self.maxAnchorCount else {
                throw Self.failure(
                    "more than \(Self.maxAnchorCount) anchors, the cap", at: "", remedy: "refer by JSON pointers")
            }
            for (key, member) in members where !["enum", "const", "default", "examples"].contains(key) {
                path.append(key)
                try findAnchors(member, &path)
                path.removeLast()
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                path.append(String(index))
                try findAnchors(element, &path)
                path.removeLast()
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
