import Glibc
import OrderedCollections
import ZondaCore
import ZondaFormats
import ZondaTokenizer

/// What turns a conversation into tokens and tokens into text.
struct TextModel: Sendable {
    let tokenizer: Tokenizer
    private let sources: ChatTemplates
    /// By name. One that can't be compiled is an error only for who uses it.
    private let templates: [String: Result<ModelTemplate, ZondaError>]

    /// A template that is ready to render, and what it shows of its family.
    struct ModelTemplate: Sendable {
        let template: Template
        let traits: TemplateTraits

        init(parsing source: String, _ tokenizer: Tokenizer) throws(ZondaError) {
            template = try Template(parsing: source)
            traits = TemplateTraits(template: source, tokenizer: tokenizer)
        }
    }

    init(gguf metadata: GGUFMetadata) throws(ZondaError) {
        let prefix = "tokenizer.chat_template"
        var sources: OrderedDictionary<String, String> = [:]
        for key in metadata.entries.keys where key == prefix || key.hasPrefix(prefix + ".") {
            let name = key == prefix ? "default" : String(key.dropFirst(prefix.count + 1))
            sources[name] = try metadata.optionalString(key)
        }
        self.init(try Tokenizer(gguf: metadata), sources: ChatTemplates(sources))
    }

    init(folder: String) throws(ZondaError) {
        self.init(try Tokenizer(folder: folder), sources: try ChatTemplates(folder: folder))
    }

    /// Another tokenizer with the templates of `other`, if there is one.
    init(_ tokenizer: Tokenizer, like other: TextModel?) {
        self.init(tokenizer, sources: other?.sources ?? ChatTemplates([:]))
    }

    /// The same with one template for all conversations.
    ///
    /// - Throws: `badTemplate` for one that can't be compiled.
    func with(template: String) throws(ZondaError) -> TextModel {
        _ = try Template(parsing: template)
        return TextModel(tokenizer, sources: ChatTemplates(["default": template]))
    }

    private init(_ tokenizer: Tokenizer, sources: ChatTemplates) {
        self.tokenizer = tokenizer
        self.sources = sources
        templates = Dictionary(
            uniqueKeysWithValues: sources.sources.map { name, source in
                (name, Result { () throws(ZondaError) in try ModelTemplate(parsing: source, tokenizer) })
            })
    }

    /// The template that renders a conversation.
    ///
    /// - Throws: `badTemplate` for a model that has none, or one that can't be compiled.
    func template(for request: ChatCompletionRequest) throws(ZondaError) -> ModelTemplate {
        guard !templates.isEmpty, let template = templates[try sources.name(hasTools: request.tellsOfTools)] else {
            throw ZondaError(
                .badTemplate, "the model has no chat template",
                remedy: "send a text to continue instead of a conversation, or use an instruction-tuned model")
        }
        return try template.get()
    }

    /// The text that a conversation becomes.
    func render(_ request: ChatCompletionRequest) throws(ZondaError) -> String {
        let template = try template(for: request)
        let hasTools = request.tellsOfTools
        var request = request
        let continued = request.continuesLastMessage ? request.messages.last : nil
        // A last message of nothing says no more than that an answer begins.
        let beginsAnew = continued.map { $0 == ChatMessage(role: $0.role, content: "") } ?? true
        if beginsAnew, continued != nil { request.messages.removeLast() }
        var context = ChatTemplateContext(messages: template.traits.dialect.messages(request))
        context.tools = hasTools ? request.tools : nil
        // SmolLM3's name for them.
        if hasTools { context.extra["xml_tools"] = .array(request.tools) }
        context.addsGenerationPrompt = beginsAnew
        context.bosToken = tokenizer.special.bos.flatMap(tokenizer.token)
        context.eosToken = tokenizer.special.eos.flatMap(tokenizer.token)
        for (key, value) in request.templateValues.sorted(by: { $0.key < $1.key }) { context.extra[key] = value }
        let text = try template.template.render(context: context.object)
        return try beginsAnew ? text : text.cut(behind: continued?.content ?? "")
    }

    /// The default template as the model's makers wrote it.
    func templateSource() throws(ZondaError) -> String { try sources.source() }

    /// What a token is in a text, perhaps a part of a character; markup as it is spelled.
    func bytes(of token: TokenID) -> [UInt8] {
        if let bytes = try? tokenizer.textBytes(of: token) { return bytes }
        return Array(((try? tokenizer.decode([token], skipSpecialTokens: false)) ?? "").utf8)
    }
}

extension ChatCompletionRequest {
    /// Whether the model is told of its tools.
    fileprivate var tellsOfTools: Bool { !tools.isEmpty && toolChoice != .none }
}

extension ChatTemplates {
    /// The name that `source(named:hasTools:)` picks.
    fileprivate func name(hasTools: Bool) throws(ZondaError) -> String {
        if hasTools, sources["tool_use"] != nil { return "tool_use" }
        _ = try source()
        return "default"
    }

    /// Reads `chat_template.jinja`, else `chat_template` of `tokenizer_config.json`, of a model's folder.
    fileprivate init(folder: String) throws(ZondaError) {
        if let file = try Self.file("\(folder)/chat_template.jinja") {
            self.init(["default": file])
            return
        }
        let path = "\(folder)/tokenizer_config.json"
        guard let file = try Self.file(path),
            let value = try JSONValue(parsing: file, name: path)["chat_template"], value != .null
        else {
            self.init([:])
            return
        }
        try self.init(parsing: value)
    }

    private static func file(_ path: String) throws(ZondaError) -> String? {
        guard access(path, R_OK) == 0 else { return nil }
        let file = try MappedFile(path)
        let bytes = try file.bytes()
        return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
