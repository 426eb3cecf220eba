import OrderedCollections
import ZondaCore
import ZondaFormats

/// Subschemas that must all accept a value: one way to satisfy a schema, with `$ref`, `allOf`, `anyOf` and `oneOf` worked
/// out.
struct SchemaAlternative {
    var schemas: Set<Int> = []
    /// By the number of a schema with `oneOf`: which of its branches this is.
    var branches: [Int: Int] = [:]
}

extension SchemaDocument {
    /// Combinations of branches that one value's schemas may have.
    static let maxAlternatives = 512

    /// All ways to satisfy all of `schemas`.
    mutating func alternatives(_ schemas: [Int]) throws(ZondaError) -> [SchemaAlternative] {
        var found = [SchemaAlternative()]
        for schema in schemas { found = try expand(schema, found, path: []) }
        return found
    }

    private mutating func expand(
        _ number: Int, _ alternatives: [SchemaAlternative], path: [Int]
    ) throws(ZondaError) -> [SchemaAlternative] {
        var result: [SchemaAlternative] = []
        for alternative in alternatives { result += try expand(number, alternative, path) }
        guard result.count <= Self.maxAlternatives else {
            throw Self.failure(
                "anyOf and oneOf make more than \(Self.maxAlternatives) combinations, the cap",
                at: schemas[number].pointer, remedy: "split the schema")
        }
        return result
    }

    private mutating func expand(
        _ number: Int, _ alternative: SchemaAlternative, _ path: [Int]
    ) throws(ZondaError) -> [SchemaAlternative] {
        let (schema, pointer) = schemas[number]
        guard !path.contains(number) else {
            throw Self.failure("the schema refers to itself without end", at: pointer, remedy: nil)
        }
        guard path.count <= Self.maxDepth else {
            throw Self.failure("the schema nests deeper than \(Self.maxDepth), the cap", at: pointer, remedy: nil)
        }
        if case .bool(let isTrue) = schema { return isTrue ? [alternative] : [] }
        guard !alternative.schemas.contains(number) else { return [alternative] }
        try SchemaKeyword.check(schema, at: pointer)
        var first = alternative
        first.schemas.insert(number)
        var found = [first]
        let path = path + [number]
        if let reference = schema["$ref"] {
            guard let text = reference.string else {
                throw Self.failure("$ref must be a string", at: pointer + "/$ref", remedy: nil)
            }
            found = try expand(self.number(reference: text, from: pointer), found, path: path)
        }
        for part in try branches("allOf", of: schema, pointer) { found = try expand(part, found, path: path) }
        for choice in try [branches("anyOf", of: schema, pointer)] + dependencies(of: schema, pointer)
        where !choice.isEmpty {
            var next: [SchemaAlternative] = []
            for branch in choice { next += try expand(branch, found, path: path) }
            found = next
        }
        let choice = try branches("oneOf", of: schema, pointer)
        if !choice.isEmpty {
            var next: [SchemaAlternative] = []
            for (index, branch) in choice.enumerated() {
                for var alternative in try expand(branch, found, path: path) {
                    alternative.branches[number] = index
                    next.append(alternative)
                }
            }
            found = next
        }
        return found
    }

    private mutating func branches(
        _ keyword: String, of schema: JSONValue, _ pointer: String
    ) throws(ZondaError) -> [Int] {
        guard let value = schema[keyword] else { return [] }
        let place = pointer + "/" + keyword
        guard let parts = value.array, !parts.isEmpty else {
            throw Self.failure("\(keyword) must be an array of schemas that is not empty", at: place, remedy: nil)
        }
        return parts.enumerated().map { number(of: $1, at: "\(place)/\($0)") }
    }

    /// `dependentRequired` and `dependentSchemas` as choices: the property is not there, or what depends on it holds.
    private mutating func dependencies(of schema: JSONValue, _ pointer: String) throws(ZondaError) -> [[Int]] {
        var choices: [[Int]] = []
        for keyword in ["dependentRequired", "dependentSchemas"] {
            guard let value = schema[keyword] else { continue }
            guard let members = value.object else {
                throw Self.failure("\(keyword) must be an object", at: pointer + "/" + keyword, remedy: nil)
            }
            for (key, member) in members {
                let place = "\(pointer)/\(keyword)/\(Self.escaping(key))"
                let absent = JSONValue.object(["properties": .object([key: .bool(false)])])
                let present: JSONValue
                if keyword == "dependentRequired" {
                    guard let names = member.array else {
                        throw Self.failure("a list of names should be here", at: place, remedy: nil)
                    }
                    present = .object(["required": .array([.string(key)] + names)])
                } else {
                    present = .object(["required": .array([.string(key)]), "allOf": .array([member])])
                }
                choices.append([number(of: absent, at: place + "#absent"), number(of: present, at: place + "#present")])
            }
        }
        return choices
    }
}
