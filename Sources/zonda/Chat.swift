import Dispatch
import Glibc
import Synchronization
import Zonda

/// A conversation in the terminal.
struct Chat {
    let runner: Runner
    let options: GenerationOptions
    let isQuiet: Bool
    private var system: String?
    private var history: [ChatMessage] = []

    init(runner: Runner, options: GenerationOptions, system: String?, isQuiet: Bool) {
        self.runner = runner
        self.options = options
        self.system = system
        self.isQuiet = isQuiet
    }

    private static let help = """
        /system TEXT   sets the system message and begins anew; without TEXT, removes it
        /clear         forgets the conversation
        /exit          leaves, as does Ctrl-D
        Ctrl-C         stops the answer
        """

    mutating func run() async throws {
        let interrupts = Interrupts()
        defer { interrupts.stop() }
        Terminal.error("\(runner.model.path) on \(runner.model.device). /help shows what else you can type.")
        while true {
            Terminal.note("> ")
            guard let line = readLine() else { break }
            let text = line.trimming(while: \.isWhitespace)
            switch text.split(separator: " ", maxSplits: 1).first {
            case nil: continue
            case "/exit", "/quit", "/bye": return
            case "/help": Terminal.error(Self.help)
            case "/clear": history = []
            case "/system":
                let rest = text.dropFirst("/system".count).trimming(while: \.isWhitespace)
                system = rest.isEmpty ? nil : String(rest)
                history = []
            case let command? where command.hasPrefix("/"):
                Terminal.error("There is no \(command). /help shows what there is.")
            default: await answer(String(text), interrupts)
            }
        }
        Terminal.note("\n")
    }

    private mutating func answer(_ text: String, _ interrupts: Interrupts) async {
        let messages = (system.map { [ChatMessage.system($0)] } ?? []) + history + [.user(text)]
        let request = ChatCompletionRequest(messages: messages, options: options)
        let runner = runner
        let task = Task { () -> (String, Usage?) in
            var (printer, usage) = (AnswerPrinter(), Usage?.none)
            for try await chunk in runner.streamChatCompletionRequest(request) {
                printer.add(chunk)
                usage = chunk.usage ?? usage
            }
            return (printer.text, usage)
        }
        interrupts.onInterrupt { task.cancel() }
        defer { interrupts.onInterrupt(nil) }
        do {
            let (answer, usage) = try await task.value
            Terminal.answer("\n")
            if task.isCancelled { Terminal.error("(stopped)") }
            if let usage, !isQuiet { Terminal.error(usage.summary) }
            history += [.user(text), .assistant(answer)]
        } catch {
            // The conversation goes on without this turn.
            Terminal.error("\nerror: \(error)")
        }
    }
}

/// Ctrl-C: stops what is running and leaves the program alone.
final class Interrupts: Sendable {
    private let action = Mutex<(@Sendable () -> Void)?>(nil)
    // Dispatch sources may be used from any thread; the protocol does not say so.
    private nonisolated(unsafe) let source: any DispatchSourceSignal

    init() {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { [weak self] in
            guard let self else { return }
            if let action = action.withLock({ $0 }) { action() } else { Terminal.note("\n(/exit leaves)\n> ") }
        }
        source.resume()
    }

    func onInterrupt(_ body: (@Sendable () -> Void)?) { action.withLock { $0 = body } }

    /// Gives Ctrl-C its usual meaning back.
    func stop() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}

extension StringProtocol {
    /// Without what matches at both ends.
    func trimming(while matches: (Character) -> Bool) -> SubSequence {
        var rest = self[...]
        while let first = rest.first, matches(first) { rest = rest.dropFirst() }
        while let last = rest.last, matches(last) { rest = rest.dropLast() }
        return rest
    }
}
