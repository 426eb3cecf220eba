import ArgumentParser
import OrderedCollections
import Zonda
import ZondaFormats
import ZondaTokenizer

struct TemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "Renders chat templates.",
        discussion: """
            With --jsonl, each line of standard input, {"source": …, "context": {…}, "now": "2024-09-03 12:34:56"}, is \
            answered by one line: {"text": …} or {"error": …}; for an error that the template itself raised, "raised" \
            has its text. Without: the template of MODEL with one user message.

            EXAMPLES
              zonda template model.gguf "Why is the sky blue?"
              zonda template model.gguf --show
              zonda template --jsonl < cases.jsonl
            """)

    @Argument(help: "A model; not with --jsonl.")
    var model: String?

    @Argument(help: "The user's message.")
    var prompt: String?

    @Option(name: .shortAndLong, help: "The system message.")
    var system: String?

    @Flag(help: "Prints the template itself.")
    var show = false

    @Flag(help: "One JSON object per line of standard input.")
    var jsonl = false

    func validate() throws {
        if jsonl == (model != nil) { throw ValidationError("Name a MODEL, or use --jsonl.") }
    }

    func run() throws {
        guard let model else {
            while let line = readLine() {
                guard !line.allSatisfy(\.isWhitespace) else { continue }
                Terminal.answer(answer(line).text + "\n")
            }
            return
        }
        let text = try ModelText(model)
        if show { return Terminal.answer(try text.templateSource() + "\n") }
        let messages = (system.map { [ChatMessage.system($0)] } ?? []) + [.user(prompt ?? Terminal.readAll())]
        Terminal.answer(try text.render(ChatCompletionRequest(messages: messages)))
    }

    private func answer(_ line: String) -> JSONValue {
        do {
            let request = try JSONValue(parsing: line, name: "standard input")
            guard let source = request["source"]?.string, let context = request["context"], context.object != nil else {
                throw ZondaError(
                    .badRequest, "a line without a string \"source\" and an object \"context\"",
                    remedy: "write {\"source\": \"…\", \"context\": {…}}")
            }
            var now = CalendarTime.now
            if let text = request["now"]?.string {
                guard let time = CalendarTime(parsing: text) else {
                    throw ZondaError(.badRequest, "now is \"\(text)\"", remedy: "write it as 2024-09-03 12:34:56")
                }
                now = time
            }
            return .object(["text": .string(try Template(parsing: source).render(context: context, now: now))])
        } catch {
            var members: JSONValue = .object(["error": .string("\(error)")])
            if let raised = (error as? ZondaError)?.facts["raised"], case .object(var fields) = members {
                fields["raised"] = .string(raised)
                members = .object(fields)
            }
            return members
        }
    }
}
