import ZondaCore

/// Why a template does not compile or render, in the terms of the reference renderer.
struct Fault: Error {
    /// The reference's class of the error, with two of our own.
    enum Kind: String, Sendable {
        case syntax = "TemplateSyntaxError"
        case assertion = "TemplateAssertionError"
        case runtime = "TemplateRuntimeError"
        case undefined = "UndefinedError"
        case security = "SecurityError"
        case filterArgument = "FilterArgumentError"
        case type = "TypeError"
        case value = "ValueError"
        case index = "IndexError"
        case key = "KeyError"
        case overflow = "OverflowError"
        case zeroDivision = "ZeroDivisionError"
        /// The template called `raise_exception`: the message is for the user of the model.
        case raised = "TemplateError"
        /// A bound of `TemplateLimit`, or something that the sandboxed reference would do and we refuse.
        case limit = "LimitError"
    }

    let kind: Kind
    let message: String
    /// Known to the parser; a fault while rendering takes the place of the operation that was running.
    var site: Site?

    init(_ kind: Kind, _ message: String, at site: Site? = nil) {
        self.kind = kind
        self.message = message
        self.site = site
    }

    static func limit(_ what: String, _ bound: Int) -> Fault {
        Fault(.limit, "\(what) above the limit of \(bound)")
    }
}

/// Where an operation stands in the source: its line, counted from 1, and its bytes.
struct Site: Sendable {
    var line: Int32
    var start: Int32
    var end: Int32

    static let none = Site(line: 1, start: 0, end: 0)
}

extension Fault {
    /// The public error: the line and the text of the expression at `site` in `source`.
    func error(at site: Site, in source: [UInt8]) -> ZondaError {
        let excerpt = Fault.excerpt(of: source, at: site)
        var facts = ["line": "\(site.line)", "class": kind.rawValue]
        var text = "line \(site.line) of the chat template"
        if !excerpt.isEmpty {
            facts["expression"] = excerpt
            text += ", at `\(excerpt)`"
        }
        switch kind {
        case .raised:
            facts["raised"] = message
            return ZondaError(
                .badTemplate, "the chat template refuses this conversation: \(message)",
                remedy: "change the messages as it says", facts: facts)
        case .syntax, .assertion:
            return ZondaError(.badTemplate, "\(text): \(message)", remedy: "correct the template", facts: facts)
        case .limit:
            return ZondaError(
                .badTemplate, "\(text): \(message)", remedy: "shorten the conversation or mend the template",
                facts: facts)
        default:
            return ZondaError(
                .badTemplate, "\(text): \(kind.rawValue): \(message)",
                remedy: "check the fields of the messages, or give another template", facts: facts)
        }
    }

    private static func excerpt(of source: [UInt8], at site: Site) -> String {
        let limit = 100
        let start = min(max(0, Int(site.start)), source.count)
        let end = min(max(start, Int(site.end)), source.count)
        let text = String(decoding: source[start..<min(end, start + limit)], as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return end - start > limit ? line + "…" : line
    }
}
