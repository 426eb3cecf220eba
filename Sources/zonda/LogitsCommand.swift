import ArgumentParser
import Zonda
import ZondaFormats

struct LogitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logits",
        abstract: "Writes the logits of every position of a sequence of tokens.",
        discussion: """
            Computed in chunks through the paged cache, as in serving. The file is safetensors: logits float32 \
            [tokens, vocabulary] and, with --greedy N, greedy int64 [N], the most likely tokens that follow.

            EXAMPLES
              zonda logits model.gguf --tokens-file ids.txt -o out.safetensors
              zonda logits model.gguf --tokens-file ids.txt -o out.safetensors --dtype f32 --greedy 24
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        help: "Token ids, separated by spaces, commas or line ends (brackets are passed over); - is standard input.")
    var tokensFile: String

    @Option(name: .shortAndLong, help: "The safetensors file to write.")
    var output: String

    @Option(help: "Continues the tokens greedily by N.")
    var greedy: Int?

    func validate() throws {
        if let greedy, greedy < 1 { throw ValidationError("--greedy is \(greedy); use 1 or more.") }
    }

    func run() async throws {
        let tokens = try TokensFile.read(tokensFile)
        let runner = try await model.load()
        let file = try LogitsFile(
            output, tokenCount: tokens.count, vocabularyCount: runner.model.vocabularyCount, greedyCount: greedy)
        let following = try await runner.forEachLogits(of: tokens, greedyCount: greedy ?? 0) { try file.append($1) }
        try file.finish(greedy: following)
    }
}

/// A safetensors file of logits, written row by row.
private final class LogitsFile {
    private var writer: SafetensorsWriter

    init(_ path: String, tokenCount: Int, vocabularyCount: Int, greedyCount: Int?) throws(ZondaError) {
        var tensors = [SafetensorsWriter.Declaration("logits", .f32, [tokenCount, vocabularyCount])]
        if let greedyCount { tensors.append(.init("greedy", .i64, [greedyCount])) }
        writer = try SafetensorsWriter(path: path, tensors: tensors)
    }

    func append(_ row: [Float]) throws(ZondaError) {
        let values = row.span
        try writer.write(values.bytes)
    }

    func finish(greedy: [TokenID]) throws(ZondaError) {
        let ids = greedy.map { Int64($0) }
        let values = ids.span
        try writer.write(values.bytes)
        try writer.finish()
    }
}

/// Token ids in a text file.
enum TokensFile {
    static func read(_ path: String) throws -> [TokenID] {
        let text = try Files.text(of: path)
        let separators: Set<Character> = [",", "[", "]", ";"]
        let words = text.split { $0.isWhitespace || separators.contains($0) }
        let tokens = try words.map { word in
            guard let token = TokenID(word), token >= 0 else {
                throw ZondaError(
                    .badRequest, "\(path): \"\(word)\" is not a token id", remedy: "write ids as whole numbers from 0")
            }
            return token
        }
        guard !tokens.isEmpty else {
            throw ZondaError(.badRequest, "\(path) has no token ids", remedy: "write at least one")
        }
        return tokens
    }
}
