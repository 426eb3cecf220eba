import AsyncHTTPClient
import NIOHTTP1
import Testing
import Zonda
import ZondaFormats
import ZondaServer

extension ServerTests {
    /// Who may use a server.
    struct SecurityTests {
        @Test func keys() async throws {
            var options = ServerOptions()
            options.keys = ["one", "two"]
            try await TestServer.run(options) { server in
                for headers in [
                    [:], ["Authorization": "Bearer three"], ["Authorization": "one"], ["x-api-key": "onetwo"],
                ] {
                    let answer = try await server.get("/v1/models", headers: headers)
                    #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer")
                    #expect(try answer.json["error"]?["code"] == "invalid_api_key")
                }
                for headers in [
                    ["Authorization": "Bearer one"], ["authorization": "bearer two"], ["x-api-key": "two"],
                ] { #expect(try await server.get("/v1/models", headers: headers).status == 200) }
                #expect(try await server.post("/v1/chat/completions", TestServer.chat()).status == 401)
                #expect(try await server.post("/v1/messages", "{}").json["error"]?["type"] == "authentication_error")
                #expect(try await server.get("/metrics").status == 401)
                // What tells nothing is open.
                #expect(try await server.get("/health").status == 200)
                #expect(try await server.get("/").status == 200)
            }
        }

        @Test func emptyKey() {
            var options = ServerOptions()
            options.keys = [""]
            #expect(throws: ZondaError.self) {
                try ModelServer([ServedModel(name: "a") { try await TinyChat.runner() }], options: options)
            }
        }

        @Test func otherOriginsAreKeptAway() async throws {
            try await TestServer.run { server in
                let page = ["Origin": "https://a.example"]
                let answer = try await server.post("/v1/chat/completions", TestServer.chat(), headers: page)
                #expect(answer.status == 403 && answer.headers["access-control-allow-origin"] == nil)
                let own = ["Origin": "http://127.0.0.1:\(server.port)"]
                #expect(try await server.get("/v1/models", headers: own).status == 200)
            }
        }

        @Test func originsThatAreAllowed() async throws {
            var options = ServerOptions()
            options.corsOrigins = ["https://a.example"]
            options.keys = ["one"]
            try await TestServer.run(options) { server in
                let headers = ["Origin": "https://a.example", "Authorization": "Bearer one"]
                let answer = try await server.get("/v1/models", headers: headers)
                #expect(answer.status == 200)
                #expect(answer.headers["access-control-allow-origin"] == "https://a.example")
                // The browser asks first, without a key.
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/v1/chat/completions")
                request.method = .OPTIONS
                let ask = ["Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"]
                let allowed = try await server.send(request, ask.merging(["Origin": "https://a.example"]) { $1 })
                #expect(allowed.status == 204 && allowed.headers["access-control-allow-headers"] == "authorization")
                let refused = try await server.send(request, ask.merging(["Origin": "https://b.example"]) { $1 })
                #expect(refused.status == 403)
            }
        }

        @Test(arguments: [
            ("localhost", true), ("LOCALHOST:80", true), ("127.0.0.1:8080", true), ("127.9.9.9", true),
            ("[::1]:8080", true),
            ("a.example", false), ("127.0.0.1.a.example", false), ("127.a.b.c", false), ("localhost.a.example", false),
            ("10.0.0.1", false),
        ])
        func hosts(host: String, isAllowed: Bool) async throws {
            try await TestServer.run { server in
                let connection = try RawConnection(port: server.port)
                try connection.send("GET /health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                let answer = await connection.receiveAll()
                #expect(answer.hasPrefix(isAllowed ? "HTTP/1.1 200" : "HTTP/1.1 403"), "\(answer)")
            }
        }
    }
}
