import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing
import Zonda
import ZondaFormats
import ZondaServer

extension ServerTests {
    /// Requests that can't be served are told why, each with its own status and code.
    struct ErrorTests {
        private static let chat = "/v1/chat/completions"

        @Test(
            arguments: [
                (chat, "{", 400, "invalid_json"), (chat, "", 400, "invalid_json"),
                (chat, "{}", 400, "missing_required_parameter"),
                (chat, #"{"messages": [{"role": "user", "content": "a"}], "temprature": 1}"#, 400, "unknown_parameter"),
                (chat, #"{"model": "none", "messages": [{"role": "user", "content": "a"}]}"#, 404, "model_not_found"),
                (
                    chat, #"{"messages": [{"role": "user", "content": "\#(String(repeating: "x", count: 2000))"}]}"#,
                    400,
                    "context_length_exceeded"
                ),
                (
                    chat,
                    #"{"messages": [{"role": "user", "content": "\#(String(repeating: "x", count: 2000))"}], "stream": true}"#,
                    400, "context_length_exceeded"
                ),
                ("/nothing", "{}", 404, "unknown_url"), ("/v1/models", "{}", 405, "method_not_allowed"),
                ("/v1/models/tiny", "{}", 405, "method_not_allowed"),
                ("/v1/models/a/b", "{}", 405, "method_not_allowed"),
                ("/health/", "{}", 405, "method_not_allowed"), ("/v1//models", "{}", 405, "method_not_allowed"),
                ("/v1/modelsandmore", "{}", 404, "unknown_url"),
            ])
        func told(path: String, body: String, status: Int, code: String) async throws {
            try await TestServer.run { server in
                let answer = try await server.post(path, body)
                #expect(answer.status == status, "\(answer.text)")
                let error = try answer.json["error"]
                #expect(error?["code"]?.string == code && error?["message"]?.string?.isEmpty == false)
                if status == 405 { #expect(answer.headers["allow"] == "GET, HEAD") }
                #expect(try await server.becomesIdle())
            }
        }

        @Test func methodsOfEachPath() async throws {
            try await TestServer.run { server in
                let paths = [
                    ("/v1/models/tiny", "GET, HEAD"), ("/v1/chat/completions", "POST"), ("/v1/messages/", "POST"),
                    ("/", "GET, HEAD"),
                ]
                for (path, allowed) in paths {
                    for method in [HTTPMethod.DELETE, .PUT, .PATCH] {
                        var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(path)")
                        request.method = method
                        let answer = try await server.send(request, [:])
                        #expect(answer.status == 405 && answer.headers["allow"] == allowed, "\(method) \(path)")
                    }
                }
            }
        }

        /// Wherever a client sends token ids, `ID` here, one that there is not is named, beside the vocabulary's size.
        @Test(
            arguments: [
                ("/v1/completions", #"{"prompt": [5, ID]}"#, "prompt"),
                ("/v1/completions", #"{"prompt": [[5], [6, ID]]}"#, "prompt"),
                ("/v1/completions", #"{"prompt": [5, ID], "stream": true}"#, "prompt"),
                ("/v1/completions", #"{"prompt": [5, ID], "stream": true, "echo": true}"#, "prompt"),
                ("/v1/completions", #"{"prompt": [5, ID], "echo": true}"#, "prompt"),
                ("/v1/completions", #"{"prompt": "a", "logit_bias": {"ID": 1}}"#, "logit_bias"),
                ("/v1/embeddings", #"{"input": [5, ID]}"#, "input"),
                ("/v1/embeddings", #"{"input": [[5], [6, ID]]}"#, "input"),
                ("/detokenize", #"{"tokens": [5, ID]}"#, "tokens"),
                (chat, TestServer.chat("a", #", "logit_bias": {"ID": 1}"#), "logit_bias"),
                (chat, TestServer.chat("a", #", "logit_bias": {"ID": 1}, "stream": true"#), "logit_bias"),
                (chat, TestServer.chat("a", #", "stop_token_ids": [ID]"#), "stop_token_ids"),
                ("/v1/responses", #"{"input": "a", "logit_bias": {"ID": 1}}"#, "logit_bias"),
                ("/v1/responses", #"{"input": "a", "stop_token_ids": [5, ID], "stream": true}"#, "stop_token_ids"),
            ])
        func tokensThatThereAreNot(path: String, body: String, member: String) async throws {
            try await TestServer.run { server in
                for id in ["320", "2147483647", "2147483648", "-1", "-2147483649"] {
                    let answer = try await server.post(path, body.replacingOccurrences(of: "ID", with: id))
                    #expect(answer.status == 400, "\(answer.text)")
                    let error = try answer.json["error"]
                    let message = error?["message"]?.string ?? ""
                    #expect(message.contains(id), "\(message)")
                    #expect(error?["param"]?.string?.hasPrefix(member) == true, "\(answer.text)")
                    // What no vocabulary has is refused before a model is asked.
                    if ["320", "2147483647"].contains(id) { #expect(message.contains("of 320 "), "\(message)") }
                }
                #expect(try await server.post(path, body.replacingOccurrences(of: "ID", with: "319")).status == 200)
                #expect(try await server.becomesIdle())
            }
        }

        @Test func unknownModelNamesThoseThatThereAre() async throws {
            try await TestServer.run { server in
                let answer = try await server.post("/v1/completions", #"{"model": "none", "prompt": "a"}"#)
                #expect(try answer.json["error"]?["message"]?.string?.contains("tiny") == true)
            }
        }

        @Test func bodies() async throws {
            var options = ServerOptions()
            options.maxBodyByteCount = 1000
            try await TestServer.run(options) { server in
                let large = TestServer.chat(String(repeating: "x", count: 2000))
                // By its length, and by its bytes where it tells no length.
                let told = try await server.post(Self.chat, large)
                #expect(try told.status == 413 && told.json["error"]?["code"] == "too_large")
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(Self.chat)")
                request.method = .POST
                request.body = .stream([ByteBuffer(string: large)].async, length: .unknown)
                #expect(try await server.send(request, [:]).status == 413)
                #expect(try await server.get("/health").status == 200)
            }
        }

        @Test func slowBody() async throws {
            var options = ServerOptions()
            options.bodyTimeout = .milliseconds(200)
            try await TestServer.run(options) { server in
                let connection = try RawConnection(port: server.port)
                try connection.send("POST \(Self.chat) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
                let answer = await connection.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
                #expect(answer.contains("request_timeout"))
            }
        }

        @Test func headers() async throws {
            var options = ServerOptions()
            options.maxHeaderCount = 10
            options.maxHeaderByteCount = 1000
            try await TestServer.run(options) { server in
                var many: [String: String] = [:]
                for index in 0..<11 { many["x-\(index)"] = "a" }
                #expect(try await server.get("/health", headers: many).status == 431)
                #expect(
                    try await server.get("/health", headers: ["x": String(repeating: "a", count: 1000)]).status == 431)
                #expect(try await server.get("/health").status == 200)
                // Far more than the limit does not get as far as being told.
                let connection = try RawConnection(port: server.port)
                let flood = (0..<5000).map { "x-\($0): a\r\n" }.joined()
                try? connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\(flood)\r\n")
                let answer = await connection.receiveAll()
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
                #expect(try await server.get("/health").status == 200)
            }
        }

        @Test func notHTTP() async throws {
            try await TestServer.run { server in
                let connection = try RawConnection(port: server.port)
                try connection.send("hello, is anybody there?\r\n\r\n")
                let answer = await connection.receiveAll()
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
                #expect(try await server.get("/health").status == 200)
            }
        }

        @Test func portInUse() async throws {
            try await TestServer.run { server in
                var options = ServerOptions()
                options.port = server.port
                let second = try ModelServer([ServedModel(name: "b") { try await TinyChat.runner() }], options: options)
                let error = await #expect(throws: ZondaError.self) { try await second.run() }
                #expect(error?.code == .inputOutput && "\(String(describing: error))".contains("\(server.port)"))
            }
        }
    }
}

extension Array where Element: Sendable {
    /// The elements as a sequence that has to be waited for.
    var async: AsyncStream<Element> {
        AsyncStream { continuation in
            for element in self { continuation.yield(element) }
            continuation.finish()
        }
    }
}
