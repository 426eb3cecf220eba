import ZondaCore
import ZondaFormats

/// One way to satisfy a set of schemas, and what it says.
struct SchemaCase {
    var alternative: SchemaAlternative
    var shape: SchemaShape
}

extension SchemaDocument {
    /// All ways to satisfy all of `schemas`, for the values, names and branches that are compared again and again: kept.
    mutating func cases(_ schemas: [Int]) throws(ZondaError) -> [SchemaCase] {
        if let known = cases[schemas] { return known }
        var found: [SchemaCase] = []
        for alternative in try alternatives(schemas) {
            found.append(SchemaCase(alternative: alternative, shape: try SchemaShape(alternative, &self)))
        }
        cases[schemas] = found
        return found
    }

    /// The texts of strings that a shape accepts.
    mutating func language(_ shape: SchemaShape) throws(ZondaError) -> ScalarAutomaton {
        if let known = languages[shape.schemas] { return known }
        var language = ScalarAutomaton.all
        for pattern in shape.patterns { language = try language.intersection(pattern, &steps) }
        if shape.minLength > 0 || shape.maxLength != nil {
            let length = try ScalarAutomaton.length(min: shape.minLength, max: shape.maxLength)
            language = try language.intersection(length, &steps)
        }
        languages[shape.schemas] = language
        return language
    }
}
