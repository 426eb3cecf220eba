/// Upper and lower case, as Python maps them.
extension PythonText {
    static func uppercased(_ text: String) -> String {
        mapped(text) { $0.properties.uppercaseMapping }
    }

    static func lowercased(_ text: String) -> String {
        guard text.unicodeScalars.contains("Σ") else { return mapped(text) { $0.properties.lowercaseMapping } }
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.map { lowercased(scalars, at: $0) }.joined()
    }

    private static func mapped(_ text: String, _ map: (Unicode.Scalar) -> String) -> String {
        var mapped = ""
        for scalar in text.unicodeScalars { mapped += map(scalar) }
        return mapped
    }

    /// A capital sigma that ends a word has a small form of its own.
    private static func lowercased(_ scalars: [Unicode.Scalar], at index: Int) -> String {
        guard scalars[index] == "Σ" else { return scalars[index].properties.lowercaseMapping }
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        let endsWord = before?.properties.isCased == true && after?.properties.isCased != true
        return endsWord ? "ς" : "σ"
    }

    /// The first code point in title case, the others in lower case.
    static func capitalized(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.map {
            $0 == 0 ? scalars[0].properties.titlecaseMapping : lowercased(scalars, at: $0)
        }.joined()
    }

    /// `str.title`: capitals after everything that has no case.
    static func titled(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var followsCased = false
        return scalars.indices.map { index in
            defer { followsCased = scalars[index].properties.isCased }
            return followsCased ? lowercased(scalars, at: index) : scalars[index].properties.titlecaseMapping
        }.joined()
    }

    static func swappedCase(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.map { index in
            let scalar = scalars[index]
            if scalar.properties.isUppercase { return lowercased(scalars, at: index) }
            return scalar.properties.isLowercase ? scalar.properties.uppercaseMapping : String(scalar)
        }.joined()
    }

    /// For comparing without case.
    static func caseFolded(_ text: String) -> String {
        mapped(text) { scalar in
            if scalar == "ı" { return "ı" }
            return mapped(scalar.properties.uppercaseMapping) { $0.properties.lowercaseMapping }
        }
    }

    /// `str.isupper` and `str.islower`: some code point has a case, and none the other.
    static func isUppercase(_ text: String) -> Bool { isCased(text, { $0.properties.isUppercase }) }
    static func isLowercase(_ text: String) -> Bool { isCased(text, { $0.properties.isLowercase }) }

    private static func isCased(_ text: String, _ isWanted: (Unicode.Scalar) -> Bool) -> Bool {
        var isFound = false
        for scalar in text.unicodeScalars {
            if isWanted(scalar) {
                isFound = true
            } else if scalar.properties.isUppercase || scalar.properties.isLowercase || isTitlecase(scalar) {
                return false
            }
        }
        return isFound
    }

    private static func isTitlecase(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .titlecaseLetter
    }

    /// `str.istitle`: capitals begin the words and only they do.
    static func isTitled(_ text: String) -> Bool {
        var followsCased = false
        var isFound = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isUppercase || isTitlecase(scalar) {
                if followsCased { return false }
                followsCased = true
                isFound = true
            } else if scalar.properties.isLowercase {
                if !followsCased { return false }
                isFound = true
            } else {
                followsCased = false
            }
        }
        return isFound
    }
}
