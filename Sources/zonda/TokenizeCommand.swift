import ArgumentParser
import OrderedCollections
import Zonda
import ZondaFormats
import ZondaTokenizer

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Shows the tokens of a text.",
        discussion: """
            With --jsonl, each line of standard input, {"text": …, "special": true}, is answered by one line: \
            {"ids": […], "decoded": …, "decodedSkipSpecial": …}, or {"error": …}. `special` (true when left out) puts \
            the special tokens of a whole text around it.

            EXAMPLES
              zonda tokenize model.gguf "Hello world"
              zonda tokenize tokenizer.json --jsonl < texts.jsonl
            """)

    @Argument(help: "A model, a tokenizer.json or a tokenizer.model.")
    var model: String

    @Argument(help: "The text; standard input when left out.")
    var text: String?

    @Flag(help: "One JSON object per line of standard input.")
    var jsonl = false

    @Flag(inversion: .prefixedNo, help: "Whether special tokens are put around the text.")
    var special = true

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        let tokenizer = try ModelText.tokenizer(model)
        if jsonl {
            while let line = readLine() {
                guard !line.allSatisfy(\.isWhitespace) else { continue }
                Terminal.answer(answer(line, tokenizer).text + "\n")
            }
            return
        }
        let text = text ?? Terminal.readAll()
        if json { return Terminal.answer(try Self.tokens(of: text, special: special, tokenizer).text + "\n") }
        for id in try tokenizer.encode(text, addSpecialTokens: special, parseSpecial: true) {
            let piece = try tokenizer.decode([id], skipSpecialTokens: false)
            Terminal.answer("\("\(id)".padded(leftTo: 7))  \(JSONValue.string(piece).text)\n")
        }
    }

    private func answer(_ line: String, _ tokenizer: Tokenizer) -> JSONValue {
        do {
            let request = try JSONValue(parsing: line, name: "standard input")
            guard let text = request["text"]?.string else {
                throw ZondaError(.badRequest, "a line without a string \"text\"", remedy: "write {\"text\": \"…\"}")
            }
            return try Self.tokens(of: text, special: request["special"]?.bool ?? true, tokenizer)
        } catch {
            return .object(["error": .string("\(error)")])
        }
    }

    private static func tokens(
        of text: String, special: Bool, _ tokenizer: Tokenizer
    ) throws(ZondaError) -> JSONValue {
        let ids = try tokenizer.encode(text, addSpecialTokens: special, parseSpecial: true)
        return .object([
            "ids": .array(ids.map { .integer(Int($0)) }),
            "decoded": .string(try tokenizer.decode(ids, skipSpecialTokens: false)),
            "decodedSkipSpecial": .string(try tokenizer.decode(ids, skipSpecialTokens: true)),
        ])
    }
}
