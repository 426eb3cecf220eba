import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OrderedCollections
import Zonda

/// Sends chats to an OpenAI-compatible server and notes when what of the answers came.
struct ServerBenchClient: Sendable {
    private let http: HTTPClient
    /// With "/v1".
    let baseURL: String
    private let apiKey: String?
    private let timeout: Int

    /// A request, as the one who sent it saw it.
    struct Answer: Sendable {
        /// When parts with text came.
        var times: [ContinuousClock.Instant] = []
        var promptTokenCount: Int?
        /// As the server counted; nil if it did not say.
        var tokenCount: Int?
    }

    /// - Parameters:
    ///   - url: the server's address, with or without "/v1".
    ///   - timeout: seconds of one request at most.
    init(_ url: String, apiKey: String?, timeout: Int, connections: Int) throws(ZondaError) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ZondaError(
                .badRequest, "--server is \"\(url)\"", remedy: "name an address such as http://127.0.0.1:8080")
        }
        let address = String(url.reversed().drop { $0 == "/" }.reversed())
        baseURL = address.hasSuffix("/v1") ? address : address + "/v1"
        self.apiKey = apiKey
        self.timeout = timeout
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(8, connections)
        // What fails is counted; another try would hide it.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutDown() async throws { try await http.shutdown() }

    /// The name of the first model that the server has; nil if it does not say.
    ///
    /// - Throws: `inputOutput` when there is no server, `badRequest` when it refuses.
    func firstModel() async throws -> String? {
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request("/models", .GET), timeout: .seconds(30))
        } catch {
            throw ZondaError(
                .inputOutput, "no server answers at \(baseURL)",
                remedy: "start one, or name its address with --server", cause: error)
        }
        let body = try await text(of: response)
        guard response.status == .ok else {
            if response.status == .notFound { return nil }
            throw refusal(response.status, body)
        }
        return try JSONValue(parsing: body, name: "/models")["data"]?.array?.first?["id"]?.string
    }

    /// Sends a body with "stream": true to `path` and reads the stream to its end.
    func stream(_ path: String, _ body: JSONValue) async throws -> Answer {
        var request = request(path, .POST)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body.text))
        let response = try await http.execute(request, timeout: .seconds(Int64(timeout)))
        guard response.status == .ok else { throw refusal(response.status, try await text(of: response)) }
        var answer = Answer()
        var events = ServerSentEvents()
        for try await buffer in response.body {
            let now = ContinuousClock.now
            for event in try events.append(buffer.readableBytesView) where event != "[DONE]" {
                try answer.add(try JSONValue(parsing: event, name: "an event"), at: now)
            }
        }
        guard !answer.times.isEmpty else {
            throw ZondaError(.badRequest, "the stream ended without text", remedy: "look at the server's log")
        }
        return answer
    }

    private func request(_ path: String, _ method: HTTPMethod) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = method
        request.headers.add(name: "user-agent", value: "zonda/\(zondaVersion)")
        // A connection each: some servers close one after a stream without saying so, and the next request would fail.
        request.headers.add(name: "connection", value: "close")
        if let apiKey { request.headers.add(name: "authorization", value: "Bearer \(apiKey)") }
        return request
    }

    /// What is read of an answer that is no stream: a list of models, or an error.
    private static let maxBodyByteCount = 1 << 20

    private func text(of response: HTTPClientResponse) async throws -> String {
        String(buffer: try await response.body.collect(upTo: Self.maxBodyByteCount))
    }

    private func refusal(_ status: HTTPResponseStatus, _ body: String) -> ZondaError {
        let message = (try? JSONValue(parsing: body, name: "an error"))?["error"]?["message"]?.string
        let remedy =
            status == .unauthorized || status == .forbidden
            ? "give the key with --api-key or OPENAI_API_KEY" : "see what the server says"
        return ZondaError(
            .badRequest, "\(baseURL) answers \(status.code): \(message ?? String(body.prefix(200)))", remedy: remedy)
    }
}

extension ServerBenchClient.Answer {
    /// Takes a chunk of `/chat/completions` or `/completions`.
    mutating func add(_ chunk: JSONValue, at time: ContinuousClock.Instant) throws(ZondaError) {
        if let error = chunk["error"], error != .null {
            throw ZondaError(
                .badRequest, "the stream broke off: \(error["message"]?.string ?? error.text)",
                remedy: "see what the server says")
        }
        if let usage = chunk["usage"], usage != .null {
            promptTokenCount = usage["prompt_tokens"]?.integer
            tokenCount = usage["completion_tokens"]?.integer
        }
        for choice in chunk["choices"]?.array ?? [] where Self.hasText(choice) { times.append(time) }
    }

    private static func hasText(_ choice: JSONValue) -> Bool {
        let delta = choice["delta"]
        // Thoughts and calls are tokens too. A first chunk with only a role is none.
        let texts = [choice["text"], delta?["content"], delta?["reasoning_content"], delta?["reasoning"]]
        return texts.contains { $0?.string?.isEmpty == false } || delta?["tool_calls"]?.array?.isEmpty == false
    }
}
