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
    /// Where it comes from, for messages.
    var pointer = ""
}

extension SchemaShape {
    /// The language of an object's free keys gets one class for each combination of patterns.
    static let maxPatternProperties = 5

    /// What `alternative` says.
    init(_ alternative: SchemaAlternative, _ document: inout SchemaDocument) throws(ZondaError) {
        for number in alternative.schemas.sorted() {
            let (schema, pointer) = document.schemas[number]
            if self.pointer.isEmpty { self.pointer = pointer }
            guard case .object(let keywords) = schema else { continue }
            for (keyword, value) in keywords {
                try read(keyword, value, at: pointer + "/" + SchemaDocument.escaping(keyword))
            }
            try readMembers(of: keywords, pointer, &document)
            try readElements(of: keywords, pointer, &document)
            if let names = keywords["propertyNames"] {
                self.names.append(document.number(of: names, at: pointer + "/propertyNames"))
            }
        }
    }

    private mutating func read(_ keyword: String, _ value: JSONValue, at place: String) throws(ZondaError) {
        switch keyword {
        case "type": kinds.formIntersection(try Self.kinds(value, place))
        case "enum":
            guard let list = value.array else { throw Self.wrong("an array", value, place) }
            restrict(to: list)
        case "const": restrict(to: [value])
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
            patterns.append(try Self.language(pattern: text, place))
        case "format":
            guard let name = value.string else { throw Self.wrong("a string", value, place) }
            guard kinds.contains(.string) else { break }
            patterns.append(try StringFormat.language(name, at: place))
        case "required":
            guard let list = value.array else { throw Self.wrong("an array of names", value, place) }
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
            for (name, schema) in properties {
                found.properties[name] = document.number(
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
                found.patterns.append(
                    (try Self.language(pattern: pattern, place), document.number(of: schema, at: place)))
            }
        }
        if let value = keywords["additionalProperties"] {
            found.additional = document.number(of: value, at: pointer + "/additionalProperties")
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
            for (index, schema) in list.enumerated() {
                found.prefix.append(document.number(of: schema, at: "\(place)/\(index)"))
            }
        }
        if let value = keywords["items"] {
            if value.array != nil {
                throw SchemaDocument.failure(
                    "items as an array is from before 2020-12", at: pointer + "/items", remedy: "write prefixItems")
            }
            found.rest = document.number(of: value, at: pointer + "/items")
        }
        if !found.prefix.isEmpty || found.rest != nil { elements.append(found) }
    }

    private mutating func restrict(to list: [JSONValue]) {
        guard let values else {
            values = list
            return
        }
        self.values = values.filter { value in list.contains { SchemaShape.isEqual($0, value) } }
    }

    /// Equality of JSON Schema: numbers by value, objects in any order.
    static func isEqual(_ a: JSONValue, _ b: JSONValue) -> Bool {
        switch (a, b) {
        case (.integer, .number), (.number, .integer): return a.double == b.double && a.integer == b.integer
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy(isEqual)
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { key, value in right[key].map { isEqual(value, $0) } ?? false }
        default: return a == b
        }
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

    private static func language(pattern: String, _ place: String) throws(ZondaError) -> ScalarAutomaton {
        do { return try RegexParser.parse(pattern).search() } catch let error {
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
