import Foundation
import Testing
import Zonda
import ZondaFormats
import ZondaServer

extension ServerTests {
    /// A server that is stopped lets running answers end, and nobody else in.
    struct DrainTests {
        private static let path = "/v1/chat/completions"

        @Test func runningStreamsEnd() async throws {
            try await TestServer.run { server in
                // A connection from before, as new ones may be refused once all is done.
                let other = try RawConnection(port: server.port)
                let connection = try RawConnection(port: server.port)
                try connection.post(
                    Self.path, TestServer.chat("Hello", #", "n": 8, "max_tokens": 900, "stream": true"#))
                let begin = await connection.receive(until: "data: ")
                server.server.stop()
                try other.post(Self.path, TestServer.chat())
                let refused = await other.receive(until: "shutting_down")
                #expect(refused.hasPrefix("HTTP/1.1 503") && refused.contains("Retry-After: "), "\(refused)")
                let rest = await connection.receive(until: "[DONE]")
                #expect((begin + rest).contains("data: [DONE]"))
                #expect((begin + rest).components(separatedBy: "\"finish_reason\": \"length\"").count == 9)
            }
        }

        @Test func streamsThatTakeTooLongAreCutOff() async throws {
            var options = ServerOptions()
            options.drainTimeout = .milliseconds(200)
            let runner = try await TinyChat.runner()
            try await TestServer.run(options, runner: runner) { server in
                let connection = try RawConnection(port: server.port)
                try connection.post(
                    Self.path, TestServer.chat("Hello", #", "n": 100, "max_tokens": 900, "stream": true"#))
                _ = await connection.receive(until: "data: ")
                server.server.stop()
                let rest = await connection.receiveAll()
                #expect(!rest.contains("[DONE]"))
            }
            // The server is gone, and with it the request.
            for _ in 0..<500 where runner.load.runningCount > 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(runner.load.runningCount == 0 && runner.load.waitingCount == 0)
        }

        @Test func nothingToWaitFor() async throws {
            let status = try await TestServer.run { try await $0.get("/health").status }
            #expect(status == 200)
        }
    }
}
