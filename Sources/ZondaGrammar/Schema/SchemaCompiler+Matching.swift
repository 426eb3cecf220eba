import OrderedCollections
import ZondaCore
import ZondaFormats

extension SchemaCompiler {
    /// Whether all of `schemas` accept a value: for `enum`, `const` and names, which are given.
    mutating func matches(_ value: JSONValue, _ schemas: [Int]) throws(ZondaError) -> Bool {
        var accepting: [SchemaAlternative] = []
        for found in try document.cases(schemas) {
            guard try matches(value, found.shape) else { continue }
            // `oneOf`: no other branch may accept it too.
            for other in accepting {
                try document.steps.add(found.alternative.branches.count)
                for (choice, branch) in found.alternative.branches
                where other.branches[choice].map({ $0 != branch }) ?? false { return false }
            }
            accepting.append(found.alternative)
        }
        return !accepting.isEmpty
    }

    mutating func matches(_ value: JSONValue, _ shape: SchemaShape) throws(ZondaError) -> Bool {
        if let values = shape.valueSet {
            try document.steps.add(SchemaDocument.byteCount(of: value) / 16)
            guard values.contains(value.normalized) else { return false }
        }
        return try satisfies(value, shape)
    }

    /// Whether a value is what a shape says besides its `values`.
    mutating func satisfies(_ value: JSONValue, _ shape: SchemaShape) throws(ZondaError) -> Bool {
        try countComparison(at: shape.pointer)
        guard shape.kinds.contains(Self.kind(of: value)) else { return false }
        switch value {
        case .null, .bool: return true
        case .integer, .number: return try numberMatches(value, shape)
        case .string(let text): return try document.language(shape).contains(text, &document.steps)
        case .array(let elements):
            guard elements.count >= shape.minItems, elements.count <= shape.maxItems ?? .max else { return false }
            for (index, element) in elements.enumerated() {
                try document.steps.add(shape.elements.count)
                guard try matches(element, elementSchemas(at: index, shape)) else { return false }
            }
            return true
        case .object(let members):
            try document.steps.add(members.count + shape.required.count)
            guard members.count >= shape.minProperties, members.count <= shape.maxProperties ?? .max,
                shape.required.allSatisfy({ members[$0] != nil })
            else { return false }
            for (key, member) in members {
                for schema in shape.names where try !matches(.string(key), [schema]) { return false }
                guard try matches(member, memberSchemas(key, shape)) else { return false }
            }
            return true
        }
    }

    static func kind(of value: JSONValue) -> ValueKinds {
        switch value {
        case .null: .null
        case .bool: .boolean
        case .integer: .integer
        case .number(let number): number.rounded() == number ? .integer : .fraction
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    private func numberMatches(_ value: JSONValue, _ shape: SchemaShape) throws(ZondaError) -> Bool {
        guard let number = DecimalBound(value, isExclusive: false) else { return false }
        if let minimum = shape.minimum {
            guard minimum.isExclusive ? minimum.isLess(than: number) : !number.isLess(than: minimum) else {
                return false
            }
        }
        if let maximum = shape.maximum {
            guard maximum.isExclusive ? number.isLess(than: maximum) : !maximum.isLess(than: number) else {
                return false
            }
        }
        guard let divisor = shape.divisor else { return true }
        return value.integer.map { $0 % divisor == 0 } ?? false
    }
}
