import ArgumentParser
import OrderedCollections
import Zonda

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Answers a prompt, or chats.",
        discussion: """
            With a PROMPT or piped input: one answer to standard output. Without: a chat with history.

            EXAMPLES
              zonda run model.gguf "Why is the sky blue?"
              git diff | zonda run Qwen/Qwen3-0.6B "Write a commit message for this change:"
              zonda run model.gguf --raw "Once upon a time" --max-tokens 50
              zonda run model.gguf --json "Name a prime." --seed 1

            IN A CHAT
              /help, /system TEXT, /clear, /exit; Ctrl-C stops the answer, Ctrl-D leaves
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var generation: GenerationArguments

    @Argument(help: "What to answer; piped input is added after it.")
    var prompt: String?

    @Option(name: .shortAndLong, help: "The system message.")
    var system: String?

    @Flag(help: "Continues the prompt as it is, without the model's chat template.")
    var raw = false

    @Flag(help: "Prints the answer, its tokens and the timings as one JSON object.")
    var json = false

    @Flag(name: .shortAndLong, help: "No statistics.")
    var quiet = false

    func run() async throws {
        var text = prompt
        if Terminal.hasPipedInput {
            let piped = Terminal.readAll()
            let isPiped = !piped.allSatisfy(\.isWhitespace)
            if isPiped { text = [text, piped].compactMap { $0 }.joined(separator: "\n\n") }
        }
        guard text != nil || Terminal.isInputInteractive else {
            throw ValidationError("There is no PROMPT and standard input is empty.")
        }
        let options = try generation.options()
        let runner = try await model.load()
        guard let text else {
            var chat = Chat(runner: runner, options: options, system: system, isQuiet: quiet)
            return try await chat.run()
        }
        try await answer(text, options, runner)
    }

    private func answer(_ text: String, _ options: GenerationOptions, _ runner: Runner) async throws {
        let messages = (system.map { [ChatMessage.system($0)] } ?? []) + [.user(text)]
        let chat = ChatCompletionRequest(messages: messages, options: options)
        let completion = CompletionRequest(prompt: text, options: options)
        if json {
            let report: AnswerReport
            if raw {
                let response = try await runner.sendCompletionRequest(completion)
                report = AnswerReport(
                    response.choices[0].text, response.choices[0].finishReason, response.choices[0].tokens,
                    response.usage)
            } else {
                let response = try await runner.sendChatCompletionRequest(chat)
                let message = response.choices[0].message
                report = AnswerReport(
                    message.content, response.choices[0].finishReason, response.choices[0].tokens, response.usage,
                    reasoning: message.reasoning)
            }
            return Terminal.answer(report.json.text + "\n")
        }
        var usage: Usage?
        if raw {
            for try await chunk in runner.streamCompletionRequest(completion) {
                Terminal.answer(chunk.choices.first?.text ?? "")
                usage = chunk.usage ?? usage
            }
        } else {
            var printer = AnswerPrinter()
            for try await chunk in runner.streamChatCompletionRequest(chat) {
                printer.add(chunk)
                usage = chunk.usage ?? usage
            }
        }
        Terminal.answer("\n")
        if let usage, !quiet { Terminal.error(usage.summary) }
    }
}

extension Usage {
    /// "12 prompt tokens at 812.3 tok/s, 64 tokens at 120.4 tok/s".
    var summary: String {
        let cached = cachedTokens > 0 ? " (\(cachedTokens) cached)" : ""
        return "\(promptTokens) prompt tokens\(cached) at \(Terminal.decimal(promptTokensPerSecond, 1)) tok/s, "
            + "\(completionTokens) tokens at \(Terminal.decimal(decodeTokensPerSecond, 1)) tok/s"
    }
}

/// Prints a chat's answer as it comes: what the model thinks apart from what it answers.
struct AnswerPrinter {
    private var isThinking = false
    /// The answer so far.
    private(set) var text = ""

    mutating func add(_ chunk: ChatCompletionChunk) {
        guard let delta = chunk.choices.first?.delta else { return }
        if let reasoning = delta.reasoning {
            Terminal.thought(reasoning)
            isThinking = true
        }
        guard !delta.content.isEmpty else { return }
        if isThinking { Terminal.thought("\n\n") }
        isThinking = false
        text += delta.content
        Terminal.answer(delta.content)
    }
}

/// One answer for a script.
struct AnswerReport {
    let json: JSONValue

    init(
        _ text: String, _ finishReason: FinishReason, _ tokens: [TokenID], _ usage: Usage, reasoning: String? = nil
    ) {
        var members: OrderedDictionary<String, JSONValue> = [
            "text": .string(text),
            "finishReason": .string(finishReason.rawValue),
            "tokens": .array(tokens.map { .integer(Int($0)) }),
            "promptTokens": .integer(usage.promptTokens),
            "completionTokens": .integer(usage.completionTokens),
            "cachedTokens": .integer(usage.cachedTokens),
            "promptTokensPerSecond": .number(usage.promptTokensPerSecond),
            "decodeTokensPerSecond": .number(usage.decodeTokensPerSecond),
            "timeToFirstToken": .number(usage.timeToFirstToken),
        ]
        if let reasoning { members.updateValue(.string(reasoning), forKey: "reasoning", insertingAt: 0) }
        json = .object(members)
    }
}
