package import ZondaCore

/// How many functions there may be and what they may be called, whichever API names them.
package enum ToolLimits {
    /// As OpenAI's API has it; more would not fit in any context that a model attends to.
    package static let maxCount = 128
    /// As Anthropic's API and the Model Context Protocol have it; OpenAI's has 64.
    package static let maxNameLength = 128
    /// For messages and documents.
    package static let nameRule = "1 to \(maxNameLength) letters, digits, dots, _ and -"

    /// Dots are for tools of the Model Context Protocol. None of these needs an escape in JSON, grammars or templates.
    static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// - Parameter path: where in a request the name stands.
    /// - Throws: `badRequest` for a name that is none.
    package static func check(name: String, at path: String) throws(ZondaError) {
        if name.utf8.allSatisfy(isNamePart), (1...maxNameLength).contains(name.utf8.count) { return }
        let shown = name.prefix(64)
        throw ZondaError(
            .badRequest, "\(path) is \"\(shown)\(shown.endIndex < name.endIndex ? "…" : "")\"",
            remedy: "use \(nameRule)", facts: ["param": path, "code": "invalid_value"])
    }
}
