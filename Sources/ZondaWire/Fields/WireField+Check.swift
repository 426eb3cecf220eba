import OrderedCollections
import ZondaCore
import ZondaFormats

extension WireField {
    /// Checks a request against its table.
    ///
    /// - Throws: `badRequest` for a value of the wrong type or out of its range, a member that is missing, unknown or not
    ///   supported. Its fact `param` is the path of the value: `messages[0].content`.
    static func check(_ body: JSONValue, against fields: [WireField]) throws(ZondaError) {
        do throws(Mismatch) {
            try Kind.object(fields).check(body)
        } catch {
            throw error.error
        }
    }

    /// A value that is not as its table says; the path grows as it is thrown up, so that good values cost nothing.
    fileprivate struct Mismatch: Error {
        var path = ""
        /// What follows the path in the sentence.
        var problem: String
        var remedy: String
        var code = "invalid_value"

        func within(_ member: String) -> Mismatch {
            var copy = self
            let joint = path.isEmpty || path.hasPrefix("[") ? "" : "."
            copy.path = member + joint + path
            return copy
        }

        var error: ZondaError {
            ZondaError(
                .badRequest, "\(path.isEmpty ? "the request" : path) \(problem)", remedy: remedy,
                facts: path.isEmpty ? ["code": code] : ["param": path, "code": code])
        }
    }
}

extension WireField.Kind {
    fileprivate func check(_ value: JSONValue) throws(WireField.Mismatch) {
        guard hasType(of: value) else {
            throw WireField.Mismatch(
                problem: "is \(value.excerpt), \(value.kind)", remedy: "use \(description)", code: "invalid_type")
        }
        switch self {
        case .boolean, .string, .map, .anything: break
        case .integer(let range):
            // A number of the right type without an integer's value has a fraction, or more than 64 bits.
            guard let number = value.integer, range.contains(number) else { throw outOfRange(value) }
        case .number(let range):
            guard let number = value.double, range.contains(number) else { throw outOfRange(value) }
        case .oneOf(let names):
            guard names.contains(value.string ?? "") else { throw outOfRange(value) }
        case .list(let kind, let count): try check(value.array ?? [], of: kind, count)
        case .object(let fields): try check(value, fields)
        case .either(let kinds): try check(value, oneOf: kinds.filter { $0.hasType(of: value) })
        }
    }

    private func check(
        _ elements: [JSONValue], of kind: WireField.Kind, _ count: ClosedRange<Int>
    ) throws(WireField.Mismatch) {
        guard count.contains(elements.count) else {
            throw WireField.Mismatch(
                problem: "has \(elements.count) elements", remedy: "use \(count.lowerBound) to \(count.upperBound)")
        }
        for (index, element) in elements.enumerated() {
            do throws(WireField.Mismatch) { try kind.check(element) } catch { throw error.within("[\(index)]") }
        }
    }

    private func check(_ object: JSONValue, _ fields: [WireField]) throws(WireField.Mismatch) {
        let members = object.object ?? [:]
        for field in fields {
            let value = members[field.name] ?? .null
            do throws(WireField.Mismatch) { try field.check(value) } catch { throw error.within(field.name) }
        }
        guard let unknown = members.keys.first(where: { key in !fields.contains { $0.name == key } }) else { return }
        let close = fields.first { $0.name.lowercased() == unknown.lowercased() }?.name
        throw WireField.Mismatch(
            path: unknown, problem: "is not a member that is known here",
            remedy: close.map { "write \($0)" } ?? "leave it out", code: "unknown_parameter")
    }

    private func check(_ value: JSONValue, oneOf kinds: [WireField.Kind]) throws(WireField.Mismatch) {
        if kinds.count == 1 { return try kinds[0].check(value) }
        var nearest: WireField.Mismatch?
        for kind in kinds {
            do throws(WireField.Mismatch) {
                return try kind.check(value)
            } catch {
                // Where types are right, what is wrong is known more closely.
                if nearest == nil, error.code == "invalid_value" { nearest = error }
            }
        }
        throw nearest ?? outOfRange(value)
    }

    private func outOfRange(_ value: JSONValue) -> WireField.Mismatch {
        WireField.Mismatch(problem: "is \(value.excerpt)", remedy: "use \(description)")
    }

    private func hasType(of value: JSONValue) -> Bool {
        switch self {
        case .boolean: value.bool != nil
        case .integer, .number: value.double != nil
        case .string, .oneOf: value.string != nil
        case .list: value.array != nil
        case .object, .map: value.object != nil
        case .anything: true
        case .either(let kinds): kinds.contains { $0.hasType(of: value) }
        }
    }
}

extension WireField {
    fileprivate func check(_ value: JSONValue) throws(Mismatch) {
        guard value != .null else {
            guard isRequired else { return }
            throw Mismatch(problem: "is missing", remedy: "send \(kind)", code: "missing_required_parameter")
        }
        if case .refused(let remedy) = support {
            throw Mismatch(problem: "is not supported", remedy: remedy, code: "unsupported_parameter")
        }
        try kind.check(value)
    }
}

extension WireField.Kind: CustomStringConvertible {
    /// For messages: "an integer from 1 to 128".
    public var description: String {
        switch self {
        case .boolean: "true or false"
        case .integer(let range):
            range == Int.min...Int.max ? "an integer" : "an integer \(Self.bounds(range, Int.min, Int.max))"
        case .number(let range):
            "a number \(Self.bounds(range, -Double.greatestFiniteMagnitude, .greatestFiniteMagnitude))"
        case .string: "a string"
        case .oneOf(let names): names.map { "\"\($0)\"" }.joinedAsChoice
        case .list(let kind, _): "a list, each of them \(kind)"
        case .object, .map: "an object"
        case .anything: "any value"
        case .either(let kinds): kinds.map(\.description).joinedAsChoice
        }
    }

    private static func bounds<Bound>(_ range: ClosedRange<Bound>, _ lowest: Bound, _ highest: Bound) -> String {
        if range.upperBound == highest { return "of at least \(range.lowerBound)" }
        return "from \(range.lowerBound) to \(range.upperBound)"
    }
}

extension [String] {
    /// "a, b or c".
    fileprivate var joinedAsChoice: String {
        guard count > 1, let last else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " or " + last
    }
}

extension JSONValue {
    /// The value's text, cut where it is long: what a client sent is not sent back in full.
    var excerpt: String {
        switch self {
        case .array(let elements): return "a list of \(elements.count)"
        case .object(let members): return "an object of \(members.count)"
        case .string(let string):
            let start = string.prefix(64)
            return JSONValue.string(String(start)).text + (start.endIndex < string.endIndex ? "…" : "")
        default: return text
        }
    }
}
