public import OrderedCollections
public import ZondaCore
public import ZondaFormats

/// The chat templates that come with a model: one, or several by name.
public struct ChatTemplates: Sendable {
    /// Sources by name; a single one is called `default`.
    public let sources: OrderedDictionary<String, String>

    /// - Parameter sources: by name; GGUF files have `tokenizer.chat_template.NAME` beside the default.
    public init(_ sources: OrderedDictionary<String, String>) {
        self.sources = sources
    }

    /// Reads `chat_template` of `tokenizer_config.json`: a string, or a list of objects with `name` and `template`.
    ///
    /// - Throws: `ZondaError` of code `badConfiguration` for anything else.
    public init(parsing json: JSONValue) throws(ZondaError) {
        if let source = json.string {
            self.init(["default": source])
            return
        }
        var sources: OrderedDictionary<String, String> = [:]
        for entry in json.array ?? [] {
            guard let name = entry["name"]?.string, let source = entry["template"]?.string else {
                throw ZondaError(
                    .badConfiguration, "chat_template: an entry without name and template",
                    remedy: "each entry of the list needs both, as strings")
            }
            sources[name] = source
        }
        guard !sources.isEmpty else {
            throw ZondaError(
                .badConfiguration, "chat_template is \(json.kind), not a string or a list of named templates",
                remedy: "correct tokenizer_config.json, or give a template")
        }
        self.init(sources)
    }

    /// The source of the template for a request: the one named, else `tool_use` when there are tools, else `default`.
    ///
    /// - Parameter name: such as `rag`.
    /// - Throws: `ZondaError` of code `notFound` that lists the names there are.
    public func source(named name: String? = nil, hasTools: Bool = false) throws(ZondaError) -> String {
        if let name, let source = sources[name] { return source }
        if name == nil {
            if hasTools, let source = sources["tool_use"] { return source }
            if let source = sources["default"] { return source }
        }
        throw ZondaError(
            .notFound, "no chat template named \(name ?? "default")",
            remedy: "this model has: \(sources.keys.sorted().joined(separator: ", "))")
    }
}
