import OrderedCollections
import ZondaCore
import ZondaFormats

extension SchemaCompiler {
    /// Properties in properties that are compared to tell two alternatives apart.
    private static let maxComparedDepth = 3

    /// `oneOf` is a choice only where no value satisfies two of its branches: that must be provable.
    mutating func checkOneOf(
        _ alternatives: [SchemaAlternative], _ shapes: [SchemaShape]
    ) throws(ZondaError) {
        for (index, alternative) in alternatives.enumerated() where !alternative.branches.isEmpty {
            for other in 0..<index {
                try document.steps.add(alternative.branches.count)
                for (choice, branch) in alternative.branches {
                    guard let otherBranch = alternatives[other].branches[choice], otherBranch != branch else {
                        continue
                    }
                    guard try !areDisjoint(shapes[index], shapes[other], depth: Self.maxComparedDepth) else { continue }
                    throw SchemaDocument.failure(
                        "branches \(min(branch, otherBranch)) and \(max(branch, otherBranch)) may both accept a value",
                        at: document.schemas[choice].pointer + "/oneOf",
                        remedy: "give each a required property with a const of its own, or write anyOf")
                }
            }
        }
    }

    /// Whether certainly no value has both shapes.
    private mutating func areDisjoint(
        _ a: SchemaShape, _ b: SchemaShape, depth: Int
    ) throws(ZondaError) -> Bool {
        try countComparison(at: a.pointer)
        let kinds = a.kinds.intersection(b.kinds)
        if kinds.isEmpty { return true }
        if let values = a.values {
            for value in values where try isIn(b, value, of: a) { return false }
            return true
        }
        if let values = b.values {
            for value in values where try isIn(a, value, of: b) { return false }
            return true
        }
        if !kinds.isDisjoint(with: [.null, .boolean]) { return false }
        if !kinds.isDisjoint(with: .number), !numbersAreDisjoint(a, b) { return false }
        if kinds.contains(.string) {
            let both = try document.language(a).intersection(document.language(b), &document.steps)
            if !both.isEmpty { return false }
        }
        if kinds.contains(.array), a.minItems <= b.maxItems ?? .max, b.minItems <= a.maxItems ?? .max { return false }
        guard kinds.contains(.object) else { return true }
        return try objectsAreDisjoint(a, b, depth)
    }

    /// Whether one of a shape's values has both shapes.
    private mutating func isIn(
        _ other: SchemaShape, _ value: JSONValue, of shape: SchemaShape
    ) throws(ZondaError) -> Bool {
        guard try satisfies(value, shape) else { return false }
        return try matches(value, other)
    }

    private func numbersAreDisjoint(_ a: SchemaShape, _ b: SchemaShape) -> Bool {
        func isBelow(_ maximum: DecimalBound?, _ minimum: DecimalBound?) -> Bool {
            guard let maximum, let minimum else { return false }
            if maximum.isLess(than: minimum) { return true }
            return !minimum.isLess(than: maximum) && (maximum.isExclusive || minimum.isExclusive)
        }
        return isBelow(a.maximum, b.minimum) || isBelow(b.maximum, a.minimum)
    }

    /// Whether a property that one of them requires tells them apart.
    private mutating func objectsAreDisjoint(
        _ a: SchemaShape, _ b: SchemaShape, _ depth: Int
    ) throws(ZondaError) -> Bool {
        for name in a.required.union(b.required) {
            let left = try memberSchemas(name, a)
            let right = try memberSchemas(name, b)
            let isForbidden = { (document: SchemaDocument, schemas: [Int]) in
                schemas.contains { document.schemas[$0].value == false }
            }
            if isForbidden(document, left) || isForbidden(document, right) { return true }
            guard depth > 0, a.required.contains(name), b.required.contains(name) else { continue }
            let (leftCases, rightCases) = (try document.cases(left), try document.cases(right))
            var areApart = true
            for x in leftCases {
                for y in rightCases where areApart {
                    areApart = try areDisjoint(x.shape, y.shape, depth: depth - 1)
                }
            }
            if areApart { return true }
        }
        return false
    }
}
