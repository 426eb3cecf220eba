import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Zonda
import ZondaFormats
import ZondaServer

/// A server in this process, and its client.
struct TestServer: Sendable {
    let port: Int
    let server: ModelServer
    /// Of the model `tiny`, where it is loaded.
    let runner: Runner?

    /// Serves `tiny` while `body` runs, and stops then; what `run` throws is thrown.
    static func run<Value: Sendable>(
        _ options: ServerOptions = ServerOptions(), runner: Runner? = nil,
        _ body: @escaping @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        let runner = if let runner { runner } else { try await TinyChat.runner() }
        return try await run([ServedModel(name: "tiny") { runner }], options, runner: runner, body)
    }

    static func run<Value: Sendable>(
        _ models: [ServedModel], _ options: ServerOptions = ServerOptions(), runner: Runner? = nil,
        _ body: @escaping @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        var options = options
        options.port = 0
        // Threads are few where many tests run.
        options.statusPatience = .seconds(60)
        options.drainTimeout = min(options.drainTimeout, .seconds(10))
        var logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let server = try ModelServer(models, options: options, logger: logger)
        let (ports, listening) = AsyncStream<Int>.makeStream()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await server.run(listening: { listening.yield($0) })
                return nil
            }
            group.addTask {
                defer { server.stop() }
                guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
                return try await body(TestServer(port: port, server: server, runner: runner))
            }
            var value: Value?
            for try await result in group { value = result ?? value }
            guard let value else { throw CancellationError() }
            return value
        }
    }

    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var text: String

        var json: JSONValue { get throws { try JSONValue(parsing: text, name: "answer") } }

        /// The data of each server-sent event.
        var events: [String] {
            text.components(separatedBy: "\n\n").filter { !$0.isEmpty }.compactMap { block in
                block.split(separator: "\n").first { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
            }
        }

        /// All of them but `[DONE]`.
        var jsonEvents: [JSONValue] {
            get throws { try events.filter { $0 != "[DONE]" }.map { try JSONValue(parsing: $0, name: "event") } }
        }
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send(HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)"), headers)
    }

    func post(_ path: String, _ body: String, headers: [String: String] = [:]) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: body))
        return try await send(request, headers)
    }

    func send(_ request: HTTPClientRequest, _ headers: [String: String]) async throws -> Answer {
        var request = request
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 256 << 20))
        var fields: [String: String] = [:]
        for (name, value) in response.headers { fields[name.lowercased()] = value }
        return Answer(status: Int(response.status.code), headers: fields, text: text)
    }

    /// A chat of one message; `members` go beside it, with a comma before them.
    static func chat(_ text: String = "Hello", _ members: String = "") -> String {
        """
        {"model": "tiny", "messages": [{"role": "user", "content": "\(text)"}], "temperature": 0, "ignore_eos": true\
        \(members)}
        """
    }

    /// Waits until the server and its engine have nothing to do any more; false after 20 s.
    func becomesIdle() async throws -> Bool {
        for _ in 0..<2000 {
            let load = runner?.load
            if server.requestCount == 0, load?.runningCount ?? 0 == 0, load?.waitingCount ?? 0 == 0,
                load?.pageShare ?? 0 == 0
            {
                return true
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Waits until the engine runs something; false after 20 s.
    func becomesBusy(_ count: Int = 1) async throws -> Bool {
        for _ in 0..<4000 {
            if runner?.load.runningCount ?? 0 >= count { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}
