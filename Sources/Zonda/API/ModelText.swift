public import ZondaCore
import ZondaFormats
public import ZondaTokenizer

/// The text side of a model, without its weights: tokenizer and chat template.
public struct ModelText: Sendable {
    private let text: TextModel

    /// - Parameter model: a folder, a `.gguf` file or the hub id of a model in the local cache.
    public init(_ model: String) throws(ZondaError) {
        switch try ModelLocator().locate(model) {
        case .folder(let path): text = try TextModel(folder: path)
        case .gguf(let path): text = try TextModel(gguf: try GGUFModel(path: path).metadata)
        }
    }

    public var tokenizer: Tokenizer { text.tokenizer }

    /// The text that a conversation becomes.
    public func render(_ request: ChatCompletionRequest) throws(ZondaError) -> String { try text.render(request) }

    /// The chat template as the model's makers wrote it.
    public func templateSource() throws(ZondaError) -> String { try text.templateSource() }

    /// The tokenizer of a model, or of a `tokenizer.json` or `tokenizer.model` file itself.
    public static func tokenizer(_ path: String) throws(ZondaError) -> Tokenizer {
        if path.hasSuffix(".json") || path.hasSuffix(".model") { return try Tokenizer(path: path) }
        return try ModelText(path).tokenizer
    }
}
