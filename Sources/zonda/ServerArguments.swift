public import ArgumentParser
import Glibc
import Logging
public import Zonda
import ZondaServer

/// How a server listens and what it lets clients do, as flags.
struct ServerArguments: ParsableArguments {
    @Option(help: "The address to listen at; the default lets only this machine in.") var host = "127.0.0.1"
    @Option(help: "The port to listen at; 0 for any that is free.") var port = 8080

    @Option(help: ArgumentHelp("A key that requests must have; may be given several times.", valueName: "key"))
    var apiKey: [String] = []
    @Option(help: "A file with a key a line. ZONDA_API_KEY holds one too.") var apiKeyFile: String?
    @Option(help: "An origin whose pages may use the server, such as https://a.example; * for all.")
    var corsOrigin: [String] = []

    @Flag(help: "Loads even the first model when it is first asked for.") var lazy = false
    @Option(help: "Seconds without requests after which a model is unloaded.") var idleUnload: Int?
    @Option(help: "How embeddings are pooled: mean, last or first.") var pooling: Pooling = .mean

    @Option(help: "MiB of a request's body.") var maxBody = 32
    @Option(help: "Headers of a request.") var maxHeaders = 100
    @Option(help: "Bytes of a request's headers.") var maxHeaderBytes = 32768
    @Option(help: "Connections at a time.") var maxConnections = 1024
    @Option(help: "Requests that wait for a model beyond those that run.") var maxQueue = 256
    @Option(help: "Streamed answers at a time.") var maxStreams = 512
    @Option(help: "Seconds for a request's body to be there.") var bodyTimeout = 60
    @Option(help: "Seconds for an answer to be complete.") var requestTimeout = 600
    @Option(help: "Seconds for a client to take what is written to it.") var writeTimeout = 30
    @Option(help: "Seconds for running answers to end when the server is stopped.") var drainTimeout = 30

    @Option(help: "What is logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel: LogLevel = .info
    @Flag(help: "Logs a JSON object a line.") var logJson = false
    @Flag(help: "Logs requests and answers in full.") var logPrompts = false
    @Flag(help: "Says on standard output what a script may want to know, a JSON object a line.") var json = false

    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port is \(port); use 0 to 65535.") }
        let positive = [
            ("--max-body", maxBody), ("--max-headers", maxHeaders), ("--max-header-bytes", maxHeaderBytes),
            ("--max-connections", maxConnections), ("--max-streams", maxStreams), ("--body-timeout", bodyTimeout),
            ("--request-timeout", requestTimeout), ("--write-timeout", writeTimeout),
            ("--idle-unload", idleUnload ?? 1),
        ]
        for (name, value) in positive where !(1...(1 << 20)).contains(value) {
            throw ValidationError("\(name) is \(value); use 1 to \(1 << 20).")
        }
        for (name, value) in [("--max-queue", maxQueue), ("--drain-timeout", drainTimeout)]
        where !(0...(1 << 20)).contains(value) {
            throw ValidationError("\(name) is \(value); use 0 to \(1 << 20).")
        }
    }

    func options() throws(ZondaError) -> ServerOptions {
        var options = ServerOptions()
        options.host = host
        options.port = port
        options.keys = try keys()
        options.corsOrigins = corsOrigin
        options.isLazy = lazy
        options.idleUnload = idleUnload.map { .seconds($0) }
        options.pooling = pooling
        options.maxBodyByteCount = maxBody << 20
        options.maxHeaderCount = maxHeaders
        options.maxHeaderByteCount = maxHeaderBytes
        options.maxConnectionCount = maxConnections
        options.maxQueueCount = maxQueue
        options.maxStreamCount = maxStreams
        options.bodyTimeout = .seconds(bodyTimeout)
        options.requestTimeout = .seconds(requestTimeout)
        options.writeTimeout = .seconds(writeTimeout)
        options.drainTimeout = .seconds(drainTimeout)
        options.logsPrompts = logPrompts
        return options
    }

    /// Keys from flags, a file and the environment.
    private func keys() throws(ZondaError) -> [String] {
        var keys = apiKey
        if let variable = getenv("ZONDA_API_KEY") {
            let key = String(cString: variable)
            if !key.isEmpty { keys.append(key) }
        }
        guard let apiKeyFile else { return keys }
        guard let text = try? Files.text(of: apiKeyFile) else {
            throw ZondaError(
                .inputOutput, "can't read the keys in \(apiKeyFile)",
                remedy: "check --api-key-file and its permissions",
                facts: ["path": apiKeyFile])
        }
        let lines = text.split(whereSeparator: \.isNewline).map { String($0.trimming(while: \.isWhitespace)) }
        let found = lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        // An empty file must not open the server to everybody.
        guard !found.isEmpty else {
            throw ZondaError(.badRequest, "there is no key in \(apiKeyFile)", remedy: "write one a line")
        }
        return keys + found
    }

    func makeLogger() -> Logger {
        let (level, isJSON) = (Logger.Level(rawValue: logLevel.rawValue) ?? .info, logJson)
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler =
                isJSON ? JSONLogHandler() : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "zonda")
    }
}

extension Pooling: ExpressibleByArgument {}
