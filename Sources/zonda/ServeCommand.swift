import ArgumentParser
import Dispatch
import Glibc
import Logging
import OrderedCollections
import Zonda
import ZondaServer

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves models over HTTP, by OpenAI's API and Anthropic's.",
        discussion: """
            EXAMPLES
              zonda serve model.gguf
              zonda serve --model small=a.gguf --model large=b.gguf --idle-unload 600
              zonda serve model.gguf --host 0.0.0.0 --api-key-file keys.txt

              curl http://127.0.0.1:8080/v1/chat/completions -H 'Content-Type: application/json' \\
                -d '{"model": "default", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}'

              from openai import OpenAI
              client = OpenAI(base_url="http://127.0.0.1:8080/v1", api_key="none")
              client.responses.create(model="default", input="Why is the sky blue?").output_text

            A chat page is at /, what requests may hold at /openapi.json, counters for Prometheus at /metrics.
            Ctrl-C or SIGTERM lets running answers end; a second one ends at once.
            """)

    @Argument(help: "A model: PATH or NAME=PATH. Its name is the file's or folder's unless one is given.")
    var models: [String] = []

    @Option(
        name: .customLong("model"), parsing: .singleValue,
        help: "A further model, loaded when it is first asked for; may be given several times.")
    var furtherModels: [String] = []

    @OptionGroup(title: "Server") var server: ServerArguments
    @OptionGroup(title: "Model") var runner: RunnerArguments

    func validate() throws {
        guard !named.isEmpty else { throw ValidationError("There is no MODEL. `zonda serve model.gguf` serves one.") }
    }

    /// Names and paths, the first one first.
    private var named: [(name: String, path: String)] {
        (models + furtherModels).map { text in
            guard let split = text.firstIndex(of: "="), split > text.startIndex else {
                return (Self.name(of: text), text)
            }
            return (String(text[..<split]), String(text[text.index(after: split)...]))
        }
    }

    /// `qwen3` for `/models/qwen3.gguf`; a hub id stays as it is.
    private static func name(of path: String) -> String {
        guard path.hasSuffix(".gguf") || path.hasPrefix("/") || path.hasPrefix(".") else { return path }
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.hasSuffix(".gguf") ? String(file.dropLast(".gguf".count)) : file
    }

    func run() async throws {
        let options = try server.options()
        let logger = server.makeLogger()
        let server = try ModelServer(
            named.map { name, path in
                ServedModel(name: name) { [runner] in try await runner.load(path) }
            }, options: options, logger: logger)
        let signals = StopSignals { server.stop() }
        defer { signals.stop() }
        let (host, isJSON) = (options.host, self.server.json)
        if !options.isLoopback, options.keys.isEmpty {
            Terminal.error(
                "warning: \(host) lets the network in, and there is no key: whoever reaches this port uses the model. "
                    + "--api-key-file asks for one; 127.0.0.1, the default, lets only this machine in.")
        }
        try await server.run(
            listening: { port in Announcement(host: host, port: port).listening(isJSON) },
            ready: { model in Announcement(host: host, port: 0).ready(model, isJSON) })
    }
}

/// What a server says on standard output of its start: for people, or a JSON object a line for scripts.
private struct Announcement {
    let host: String
    let port: Int

    private var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    func listening(_ isJSON: Bool) {
        guard isJSON else { return Terminal.answer("Zonda listens at \(url)\n") }
        write(["event": "listening", "url": .string(url), "port": .integer(port)])
    }

    func ready(_ model: ModelInfo?, _ isJSON: Bool) {
        let device = model?.device ?? "models are loaded when they are asked for"
        guard isJSON else { return Terminal.answer("Ready: \(model.map { "\($0.path) on " } ?? "")\(device)\n") }
        write(["event": "ready", "model": model.map { .string($0.path) } ?? .null, "device": .string(device)])
    }

    private func write(_ members: OrderedDictionary<String, JSONValue>) {
        Terminal.answer(JSONValue.object(members).text + "\n")
    }
}

/// SIGTERM and SIGINT: the first one stops in good order, the second one at once.
private final class StopSignals: Sendable {
    // Dispatch sources may be used from any thread; the protocol does not say so.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    init(_ stop: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "zonda signals")
        // Touched on the queue alone.
        nonisolated(unsafe) var count = 0
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                count += 1
                if count > 1 { _exit(128 + number) }
                Terminal.error("stopping when running answers are complete; a second signal ends at once")
                stop()
            }
            source.resume()
            return source
        }
    }

    func stop() {
        for source in sources { source.cancel() }
    }
}
