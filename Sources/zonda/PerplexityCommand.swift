import ArgumentParser
import Glibc
import OrderedCollections
import Zonda

struct PerplexityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "Measures how well a model predicts a text.",
        discussion: """
            The text is cut into windows of --context tokens; of each, the second half is counted, so that every \
            counted token has at least half a window before it.

            EXAMPLES
              zonda perplexity model.gguf --text-file wiki.txt
              zonda perplexity model.gguf --text-file wiki.txt --context 1024 --json
            """)

    @OptionGroup var model: ModelOptions

    @Option(help: "The text; - is standard input.")
    var textFile: String

    @Option(help: "Tokens of a window.")
    var context = 512

    @Option(help: "Windows at most.")
    var windows: Int?

    @Flag(help: "One JSON object.")
    var json = false

    func validate() throws {
        guard context >= 2 else { throw ValidationError("--context is \(context); use 2 or more.") }
        if let windows, windows < 1 { throw ValidationError("--windows is \(windows); use 1 or more.") }
    }

    func run() async throws {
        let text = try Files.text(of: textFile)
        let runner = try await model.load()
        let tokens = try runner.tokenize(text)
        guard tokens.count >= 2 else {
            throw ZondaError(.badRequest, "\(textFile) has \(tokens.count) tokens", remedy: "use a longer text")
        }
        let starts = Array(stride(from: 0, to: tokens.count - 1, by: context).prefix(windows ?? .max))
        let bar = ProgressBar("windows")
        var sum = 0.0
        var count = 0
        for (done, start) in starts.enumerated() {
            let window = Array(tokens[start..<min(start + context, tokens.count)])
            // A text shorter than a window is counted from its first token.
            let first = starts.count == 1 && window.count < context ? 0 : window.count / 2
            try await runner.forEachLogits(of: window) { position, logits in
                guard position >= first, position + 1 < window.count else { return }
                sum -= Self.logProbability(of: Int(window[position + 1]), logits)
                count += 1
            }
            bar.update(done + 1, of: starts.count)
        }
        bar.finish()
        let mean = sum / Double(max(count, 1))
        if json {
            Terminal.answer(
                JSONValue.object([
                    "perplexity": .number(exp(mean)), "meanNLL": .number(mean), "countedTokens": .integer(count),
                    "windows": .integer(starts.count), "context": .integer(context),
                ]).text + "\n")
        } else {
            Terminal.answer(
                "perplexity \(Terminal.decimal(exp(mean), 4)) (mean negative log-likelihood "
                    + "\(Terminal.decimal(mean, 5)) nats over \(count) tokens, \(starts.count) windows of \(context))\n"
            )
        }
    }

    /// log softmax(logits)[token], in double precision.
    private static func logProbability(of token: Int, _ logits: [Float]) -> Double {
        let top = Double(logits.max() ?? 0)
        let sum = logits.reduce(0.0) { $0 + exp(Double($1) - top) }
        return Double(logits[token]) - top - log(sum)
    }
}
