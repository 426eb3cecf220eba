import ZondaFormats

/// Reads the text of one choice as it is generated: thoughts, content and calls.
struct AnswerReader: Sendable {
    /// What is looked for in an answer.
    struct Format: Sendable {
        var reasoning: ReasoningFormat?
        var beginning = ReasoningFormat.Beginning.open
        var tools: ToolFormat?
        /// The functions that there are, by name, and the schemas of their arguments; null for none.
        var schemas: [String: JSONValue] = [:]
    }

    private var splitter: ReasoningSplitter?
    private var parser: CallParser?

    init(_ format: Format) {
        splitter = format.reasoning.map { ReasoningSplitter($0, format.beginning) }
        parser = format.tools.map { CallParser($0, schemas: format.schemas) }
    }

    /// Calls that are complete.
    var completeCallCount: Int { parser?.completeCount ?? 0 }
    /// Whether the answer ended inside a call.
    var isCut: Bool { parser?.isCut ?? false }

    mutating func append(_ text: String) -> [AnswerPart] {
        guard !text.isEmpty else { return [] }
        return parse(splitter?.append(text) ?? [.content(text)])
    }

    /// The answer is over.
    mutating func finish() -> [AnswerPart] {
        var parts = parse(splitter?.finish() ?? [])
        for part in parser?.finish() ?? [] { parts.add(part) }
        return parts
    }

    private mutating func parse(_ parts: [AnswerPart]) -> [AnswerPart] {
        guard parser != nil else { return parts }
        var parsed: [AnswerPart] = []
        for part in parts {
            guard case .content(let text) = part else {
                parsed.add(part)
                continue
            }
            for part in parser?.append(text) ?? [] { parsed.add(part) }
        }
        return parsed
    }
}
