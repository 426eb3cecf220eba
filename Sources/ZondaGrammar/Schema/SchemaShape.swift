import OrderedCollections
import ZondaCore
import ZondaFormats

/// What the schemas of one alternative say together.
struct SchemaShape {
    /// What one schema says of an object's members.
    struct Members {
        var properties: OrderedDictionary<String, Int> = [:]
        var patterns: [(language: ScalarAutomaton, schema: Int)] = []
        /// For what neither names; nil: anything.
        var additional: Int?
    }

    /// What one schema says of an array's elements.
    struct Elements {
        var prefix: [Int] = []
        /// For those after the prefix; nil: anything.
        var rest: Int?
    }

    var kinds = ValueKinds.all
    /// From `enum` and `const`.
    var values: [JSONValue]?
    var minimum: DecimalBound?
    var maximum: DecimalBound?
    var divisor: Int?
    var minLength = 0
    var maxLength: Int?
    var patterns: [ScalarAutomaton] = []
    var minItems = 0
    var maxItems: Int?
    var elements: [Elements] = []
    var minProperties = 0
    var maxProperties: Int?
    var required: OrderedSet<String> = []
    var members: [Members] = []
    var names: [Int] = []
    /// Those that say it, in order.
    var schemas: [Int] = []
    /// Where it comes from, for messages.
    var pointer = ""
    /// `values` as `normalized`, to look one up.
    private(set) var valueSet: Set<JSONValue>?
}

extension SchemaShape {
    /// The language of an object's free keys gets one class for each combination of patterns.
    static let maxPatternProperties = 5

    /// What `alternative` says.
    init(_ alternative: SchemaAlternative, _ document: inout SchemaDocument) throws(ZondaError) {
        schemas = alternative.schemas.sorted()
        var formats: [(name: String, place: String)] = []
        for number in schemas {
            let (schema, pointer) = document.schemas[number]
            if self.pointer.isEmpty { self.pointer = pointer }
            guard case .object(let keywords) = schema else { continue }
            for (keyword, value) in keywords where SchemaKeyword.isAssertion(keyword) {
                try document.steps.add(8 + pointer.utf8.count / 64)
                let place = pointer + "/" + keyword
                if keyword == "format" {
                    guard let name = value.string else { throw Self.wrong("a string", value, place) }
                    formats.append((name, place))
                }
                try read(keyword, value, at: place, &document)
            }
            try readMembers(of: keywords, pointer, &document)
            try readElements(of: keywords, pointer, &document)
            if let names = keywords["propertyNames"] {
                self.names.append(try document.number(of: names, at: pointer + "/propertyNames"))
            }
        }
        // A format is of strings: where a schema allows none, it says nothing, whatever it is.
        for (name, place) in formats where kinds.contains(.string) {
            patterns.append(
                try document.automaton("format " + name) { steps throws(ZondaError) in
                    try StringFormat.language(name, at: place, &steps)
                })
        }
        valueSet = values.map { Set($0.map(\.normalized)) }
    }

    private mutating func read(
        _ keyword: String, _ value: JSONValue, at place: String, _ document: inout SchemaDocument
    ) throws(ZondaError) {
        switch keyword {
        case "type": kinds.formIntersection(try Self.kinds(value, place))
        case "enum":
            guard let list = value.array else { throw Self.wrong("an array", value, place) }
            try restrict(to: list, &document)
        case "const": try restrict(to: [value], &document)
        case "not": kinds.subtract(try Self.excludedKinds(value, place))
        case "minimum", "exclusiveMinimum":
            let bound = try Self.bound(value, place, isExclusive: keyword == "exclusiveMinimum")
            if let minimum, bound.isLess(than: minimum) || !minimum.isLess(than: bound) && minimum.isExclusive { break }
            minimum = bound
        case "maximum", "exclusiveMaximum":
            let bound = try Self.bound(value, place, isExclusive: keyword == "exclusiveMaximum")
            if let maximum, maximum.isLess(than: bound) || !bound.isLess(than: maximum) && maximum.isExclusive { break }
            maximum = bound
        case "multipleOf":
            guard let number = value.integer, number > 0, number <= NumberLanguage.maxDivisor else {
                throw SchemaDocument.failure(
                    "multipleOf \(value.text) is not supported: only integers from 1 to \(NumberLanguage.maxDivisor) are",
                    at: place, remedy: "leave it out, and check after the answer")
            }
            divisor = Self.leastCommonMultiple(divisor ?? 1, number)
            guard divisor ?? 1 <= NumberLanguage.maxDivisor else {
                throw SchemaDocument.failure(
                    "multiples of \(divisor ?? 1) are above the cap of \(NumberLanguage.maxDivisor)", at: place,
                    remedy: nil)
            }
        case "minLength": minLength = max(minLength, try Self.count(value, place))
        case "maxLength": maxLength = min(maxLength ?? .max, try Self.count(value, place))
        case "minItems": minItems = max(minItems, try Self.count(value, place))
        case "maxItems": maxItems = min(maxItems ?? .max, try Self.count(value, place))
        case "minProperties": minProperties = max(minProperties, try Self.count(value, place))
        case "maxProperties": maxProperties = min(maxProperties ?? .max, try Self.count(value, place))
        case "pattern":
            guard let text = value.string else { throw Self.wrong("a string", value, place) }
            patterns.append(try Self.language(pattern: text, place, &document))
        case "required":
            guard let list = value.array else { throw Self.wrong("an array of names", value, place) }
            try document.steps.add(list.count)
            for element in list {
                guard let name = element.string else { throw Self.wrong("an array of names", value, place) }
                required.append(name)
            }
        default: break
        }
    }

    private mutating func readMembers(
        of keywords: OrderedDictionary<String, JSONValue>, _ pointer: String, _ document: inout SchemaDocument
    ) throws(ZondaError) {
        var found = Members()
        if let value = keywords["properties"] {
            guard let properties = value.object else { throw Self.wrong("an object", value, pointer + "/properties") }
            try document.steps.add(properties.count * (8 + pointer.utf8.count / 64))
            for (name, schema) in properties {
                found.properties[name] = try document.number(
                    of: schema, at: "\(pointer)/properties/\(SchemaDocument.escaping(name))")
            }
        }
        if let value = keywords["patternProperties"] {
            let place = pointer + "/patternProperties"
            guard let patterns = value.object else { throw Self.wrong("an object", value, place) }
            guard patterns.count <= Self.maxPatternProperties else {
                throw SchemaDocument.failure(
                    "\(patterns.count) patternProperties are above the cap of \(Self.maxPatternProperties)", at: place,
                    remedy: nil)
            }
            for (pattern, schema) in patterns {
                let place = "\(place)/\(SchemaDocument.escaping(pattern))"
                let language = try Self.language(pattern: pattern, place, &document)
                found.patterns.append((language, try document.number(of: schema, at: place)))
            }
        }
        if let value = keywords["additionalProperties"] {
            found.additional = try document.number(of: value, at: pointer + "/additionalProperties")
        }
        if !found.properties.isEmpty || !found.patterns.isEmpty || found.additional != nil { members.append(found) }
    }

    private mutating func readElements(
        of keywords: OrderedDictionary<String, JSONValue>, _ pointer: String, _ document: inout SchemaDocument
    ) throws(ZondaError) {
        var found = Elements()
        if let value = keywords["prefixItems"] {
            let place = pointer + "/prefixItems"
            guard let list = value.array else { throw Self.wrong("an array of schemas", value, place) }
            try document.steps.add(list.count * (8 + pointer.utf8.count / 64))
            for (index, schema) in list.enumerated() {
                found.prefix.append(try document.number(of: schema, at: "\(place)/\(index)"))
            }
        }
        if let value = keywords["items"] {
            if value.array != nil {
                throw SchemaDocument.failure(
                    "items as an array is from before 2020-12", at: pointer + "/items", remedy: "write prefixItems")
            }
            found.rest = try document.number(of: value, at: pointer + "/items")
        }
        if !found.prefix.isEmpty || found.rest != nil { elements.append(found) }
    }

    private mutating func restrict(to list: [JSONValue], _ document: inout SchemaDocument) throws(ZondaError) {
        try document.steps.add(SchemaDocument.byteCount(of: .array(list)) / 16)
        guard let values else {
            values = list
            return
        }
        let kept = Set(list.map(\.normalized))
        self.values = values.filter { kept.contains($0.normalized) }
    }

    // MARK: Values of keywords

    private static func kinds(_ value: JSONValue, _ place: String) throws(ZondaError) -> ValueKinds {
        var kinds: ValueKinds = []
        for name in value.array ?? [value] {
            guard let text = name.string, let kind = ValueKinds(named: text) else {
                throw SchemaDocument.failure("type \(name.text) is not one of JSON's", at: place, remedy: nil)
            }
            kinds.formUnion(kind)
        }
        return kinds
    }

    private static func excludedKinds(_ value: JSONValue, _ place: String) throws(ZondaError) -> ValueKinds {
        if case .bool(let isTrue) = value { return isTrue ? .all : [] }
        guard case .object(let keywords) = value else { throw wrong("a schema", value, place) }
        if keywords.isEmpty { return .all }
        if keywords.count == 1, let type = keywords["type"] {
            let kinds = try kinds(type, place + "/type")
            if !kinds.contains(.integer) || kinds.contains(.fraction) { return kinds }
        }
        throw SchemaDocument.failure(
            "\"not\" is supported only with a type other than integer, true or false", at: place,
            remedy: "say what is allowed instead")
    }

    private static func bound(
        _ value: JSONValue, _ place: String, isExclusive: Bool
    ) throws(ZondaError) -> DecimalBound {
        guard let bound = DecimalBound(value, isExclusive: isExclusive) else { throw wrong("a number", value, place) }
        return bound
    }

    private static func count(_ value: JSONValue, _ place: String) throws(ZondaError) -> Int {
        guard let count = value.integer, count >= 0 else { throw wrong("a count", value, place) }
        guard count < Int(Int32.max) else {
            throw SchemaDocument.failure("\(count) is above the cap of \(Int32.max)", at: place, remedy: nil)
        }
        return count
    }

    private static func language(
        pattern: String, _ place: String, _ document: inout SchemaDocument
    ) throws(ZondaError) -> ScalarAutomaton {
        do {
            return try document.automaton("pattern " + pattern) { steps throws(ZondaError) in
                try RegexParser.parse(pattern).search(&steps)
            }
        } catch let error {
            throw SchemaDocument.failure(error.message, at: place, remedy: error.remedy)
        }
    }

    private static func wrong(_ expected: String, _ value: JSONValue, _ place: String) -> ZondaError {
        SchemaDocument.failure("\(value.kind) where \(expected) should be", at: place, remedy: "mend the schema")
    }

    private static func leastCommonMultiple(_ a: Int, _ b: Int) -> Int {
        var (x, y) = (a, b)
        while y != 0 { (x, y) = (y, x % y) }
        return a / x * b
    }
}

extension JSONValue {
    /// The same for all values that JSON Schema calls equal: numbers by value, objects in any order.
    var normalized: JSONValue {
        switch self {
        case .number(let number): return Int(exactly: number).map { .integer($0) } ?? self
        case .array(let elements): return .array(elements.map(\.normalized))
        case .object(let members):
            var sorted: OrderedDictionary<String, JSONValue> = [:]
            for key in members.keys.sorted() { sorted[key] = members[key]?.normalized }
            return .object(sorted)
        default: return self
        }
    }
}
