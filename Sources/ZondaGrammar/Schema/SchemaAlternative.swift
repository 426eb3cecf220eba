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

/// The subschemas that a schema applies to the same value.
struct SchemaParts {
    /// From `$ref` and `allOf`.
    var all: [Int] = []
    /// From `anyOf`, `dependentRequired` and `dependentSchemas`: one of each must accept.
    var choices: [[Int]] = []
    /// From `oneOf`.
    var exclusive: [Int] = []
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
        for alternative in alternatives {
            result += try expand(number, alternative, path)
            try check(result, number)
        }
        return result
    }

    private func check(_ alternatives: [SchemaAlternative], _ number: Int) throws(ZondaError) {
        guard alternatives.count <= Self.maxAlternatives else {
            throw Self.failure(
                "anyOf and oneOf make more than \(Self.maxAlternatives) combinations, the cap",
                at: schemas[number].pointer, remedy: "split the schema")
        }
    }

    private mutating func expand(
        _ number: Int, _ alternative: SchemaAlternative, _ path: [Int]
    ) throws(ZondaError) -> [SchemaAlternative] {
        let (schema, pointer) = schemas[number]
        // Branches that come to nothing leave no alternatives, but they take time.
        try steps.add(4 + alternative.schemas.count / 4)
        guard !path.contains(number) else {
            throw Self.failure("the schema refers to itself without end", at: pointer, remedy: nil)
        }
        guard path.count <= Self.maxDepth else {
            throw Self.failure("the schema nests deeper than \(Self.maxDepth), the cap", at: pointer, remedy: nil)
        }
        if case .bool(let isTrue) = schema { return isTrue ? [alternative] : [] }
        guard !alternative.schemas.contains(number) else { return [alternative] }
        let parts = try parts(of: number)
        var first = alternative
        first.schemas.insert(number)
        var found = [first]
        let path = path + [number]
        for part in parts.all { found = try expand(part, found, path: path) }
        for choice in parts.choices {
            var next: [SchemaAlternative] = []
            for branch in choice {
                next += try expand(branch, found, path: path)
                try check(next, number)
            }
            found = next
        }
        guard !parts.exclusive.isEmpty else { return found }
        var next: [SchemaAlternative] = []
        for (index, branch) in parts.exclusive.enumerated() {
            for var alternative in try expand(branch, found, path: path) {
                alternative.branches[number] = index
                next.append(alternative)
            }
            try check(next, number)
        }
        return next
    }

    /// - Throws: `ZondaError` of code `badRequest` with a keyword that is not supported.
    private mutating func parts(of number: Int) throws(ZondaError) -> SchemaParts {
        if let known = parts[number] { return known }
        let (schema, pointer) = schemas[number]
        try SchemaKeyword.check(schema, at: pointer)
        var found = SchemaParts()
        if let reference = schema["$ref"] {
            guard let text = reference.string else {
                throw Self.failure("$ref must be a string", at: pointer + "/$ref", remedy: nil)
            }
            found.all.append(try self.number(reference: text, from: pointer))
        }
        found.all += try branches("allOf", of: schema, pointer)
        let any = try branches("anyOf", of: schema, pointer)
        if !any.isEmpty { found.choices.append(any) }
        found.choices += try dependencies(of: schema, pointer)
        found.exclusive = try branches("oneOf", of: schema, pointer)
        parts[number] = found
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
        var numbers: [Int] = []
        for (index, part) in parts.enumerated() { numbers.append(try number(of: part, at: "\(place)/\(index)")) }
        return numbers
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
                choices.append([
                    try number(of: absent, at: place + "#absent"), try number(of: present, at: place + "#present"),
                ])
            }
        }
        return choices
    }
}
