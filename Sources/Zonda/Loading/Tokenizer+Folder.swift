import Glibc
import ZondaCore
import ZondaFormats
import ZondaTokenizer

extension Tokenizer {
    /// The tokenizer in a model's folder: `tokenizer.json` with `tokenizer_config.json`, else `tokenizer.model`.
    ///
    /// - Throws: `notFound` when there is neither.
    convenience init(folder: String) throws(ZondaError) {
        guard let path = Self.path(inFolder: folder) else {
            throw ZondaError(
                .notFound, "\(folder) has neither tokenizer.json nor tokenizer.model",
                remedy: "fetch the model's tokenizer too")
        }
        try self.init(path: path)
    }

    /// Where the tokenizer of a model's folder is; nil when it has none.
    static func path(inFolder folder: String) -> String? {
        ["tokenizer.json", "tokenizer.model"].map { "\(folder)/\($0)" }.first { access($0, F_OK) == 0 }
    }

    /// A `tokenizer.json` or `tokenizer.model` with the `tokenizer_config.json` beside it, if there is one.
    convenience init(path: String) throws(ZondaError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let configPath = "\(parent)/tokenizer_config.json"
        var configuration: JSONValue?
        if access(configPath, R_OK) == 0 {
            let file = try MappedFile(configPath)
            configuration = try JSONValue(parsing: Span(_bytes: try file.bytes()), name: configPath)
        }
        let file = try MappedFile(path)
        let bytes = try file.bytes()
        if path.hasSuffix(".json") {
            try self.init(parsing: Span(_bytes: bytes), name: path, configuration: configuration)
        } else {
            try self.init(sentencePiece: Span(_bytes: bytes), name: path, configuration: configuration)
        }
    }
}
