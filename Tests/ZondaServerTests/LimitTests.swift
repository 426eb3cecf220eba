import Testing
import Zonda
import ZondaFormats
import ZondaServer

extension ServerTests {
    /// What is too much is refused or ended, and leaves nothing behind.
    struct LimitTests {
        /// Far longer than a test waits.
        private static let long = TestServer.chat("Hello", #", "n": 128, "max_tokens": 1000"#)
        private static let longStream = TestServer.chat("Hello", #", "n": 128, "max_tokens": 1000, "stream": true"#)
        private static let path = "/v1/chat/completions"

        @Test(arguments: [true, false]) func clientThatGoesAway(streams: Bool) async throws {
            try await TestServer.run { server in
                for _ in 0..<3 {
                    let connection = try RawConnection(port: server.port)
                    try connection.post(Self.path, streams ? Self.longStream : Self.long)
                    if streams {
                        #expect(await connection.receive(until: "data: ").contains("200 OK"))
                    } else {
                        #expect(try await server.becomesBusy())
                    }
                    connection.hangUp()
                    #expect(try await server.becomesIdle())
                }
            }
        }

        @Test func manyClientsThatGoAway() async throws {
            try await TestServer.run { server in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<60 {
                        group.addTask {
                            let connection = try RawConnection(port: server.port)
                            let members = #", "max_tokens": 800, "stream": \#(index % 2 == 0)"#
                            try connection.post(Self.path, TestServer.chat("Hello \(index)", members))
                            try await Task.sleep(for: .milliseconds(index * 7 % 100))
                            connection.hangUp()
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await server.becomesIdle())
                let answer = try await server.post(Self.path, TestServer.chat("Hello", #", "max_tokens": 4"#))
                #expect(answer.status == 200)
            }
        }

        @Test func slowReader() async throws {
            var options = ServerOptions()
            options.writeTimeout = .milliseconds(300)
            // It is the time that ends it, not what waits.
            options.maxPendingByteCount = 1 << 28
            try await TestServer.run(options) { server in
                let connection = try RawConnection(port: server.port, receiveBuffer: 4096)
                let members = #", "n": 128, "max_tokens": 1000, "stream": true, "logprobs": true, "top_logprobs": 20"#
                try connection.post(Self.path, TestServer.chat("Hello", members))
                #expect(try await server.becomesBusy())
                // Nothing is read: the server gives up, although the answer is far from complete.
                #expect(try await server.becomesIdle())
                let text = await connection.receiveAll()
                #expect(!text.contains("[DONE]"))
            }
        }

        @Test func littleWaitsForAClient() async throws {
            var options = ServerOptions()
            // Less than one event.
            options.maxPendingByteCount = 1000
            try await TestServer.run(options) { server in
                let connection = try RawConnection(port: server.port, receiveBuffer: 4096)
                let members = #", "n": 128, "max_tokens": 1000, "stream": true, "logprobs": true, "top_logprobs": 20"#
                try connection.post(Self.path, TestServer.chat("Hello", members))
                #expect(await !connection.receiveAll().contains("[DONE]"))
                #expect(try await server.becomesIdle())
            }
        }

        @Test(arguments: [true, false]) func time(streams: Bool) async throws {
            var options = ServerOptions()
            options.requestTimeout = .milliseconds(100)
            try await TestServer.run(options) { server in
                let answer = try await server.post(Self.path, streams ? Self.longStream : Self.long)
                if streams {
                    // The stream had begun, so it ends with the error.
                    #expect(answer.status == 200)
                    #expect(try answer.jsonEvents.last?["error"]?["code"] == "timeout")
                } else {
                    #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
                    #expect(try answer.json["error"]?["code"] == "timeout")
                }
                #expect(try await server.becomesIdle())
            }
        }

        @Test func queue() async throws {
            var options = ServerOptions()
            options.maxQueueCount = 1
            let runner = try await TinyChat.runner(batch: 1)
            try await TestServer.run(options, runner: runner) { server in
                // One runs, one waits.
                let connections = try (0..<2).map { _ in try RawConnection(port: server.port) }
                for connection in connections { try connection.post(Self.path, Self.long) }
                while server.server.requestCount < 2 { try await Task.sleep(for: .milliseconds(5)) }
                let refused = try await server.post(Self.path, TestServer.chat())
                #expect(refused.status == 503 && refused.headers["retry-after"] != nil)
                #expect(try refused.json["error"]?["code"] == "queue_full")
                // What does not run on the model is not in its queue.
                #expect(try await server.post("/tokenize", #"{"prompt": "a"}"#).status == 200)
                for connection in connections { connection.hangUp() }
                #expect(try await server.becomesIdle())
                #expect(try await server.post(Self.path, TestServer.chat("a", #", "max_tokens": 2"#)).status == 200)
            }
        }

        @Test func streams() async throws {
            var options = ServerOptions()
            options.maxStreamCount = 1
            try await TestServer.run(options) { server in
                let connection = try RawConnection(port: server.port)
                try connection.post(Self.path, Self.longStream)
                #expect(try await server.becomesBusy())
                let refused = try await server.post(Self.path, Self.longStream)
                #expect(refused.status == 503 && refused.headers["retry-after"] != nil)
                #expect(try refused.json["error"]?["code"] == "too_many_streams")
                #expect(try await server.post(Self.path, TestServer.chat("a", #", "max_tokens": 2"#)).status == 200)
                connection.hangUp()
                #expect(try await server.becomesIdle())
            }
        }

        @Test func silenceIsFilled() async throws {
            var options = ServerOptions()
            options.keepAliveInterval = .microseconds(100)
            try await TestServer.run(options) { server in
                let answer = try await server.post(
                    Self.path, TestServer.chat("Hello", #", "n": 8, "max_tokens": 400, "stream": true"#))
                #expect(answer.text.contains(": keep-alive\n\n"))
                #expect(answer.events.last == "[DONE]")
            }
        }

        @Test func connectionsAreKept() async throws {
            try await TestServer.run { server in
                let connection = try RawConnection(port: server.port)
                let body = TestServer.chat("a", #", "max_tokens": 2"#)
                for stream in [false, true, true, false] {
                    let text = stream ? String(body.dropLast()) + #", "stream": true}"# : body
                    try connection.post(Self.path, text)
                    let answer = await connection.receive(
                        until: stream ? "[DONE]\n\n\r\n0\r\n\r\n" : "\"system_fingerprint\"")
                    #expect(answer.hasPrefix("HTTP/1.1 200 OK"), "\(answer)")
                }
            }
        }
    }
}
