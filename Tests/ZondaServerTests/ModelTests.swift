import Synchronization
import Testing
import Zonda
import ZondaFormats
import ZondaServer

extension ServerTests {
    /// Several models behind one server.
    struct ModelTests {
        private static let path = "/v1/completions"

        private static func body(_ model: String) -> String {
            #"{"model": "\#(model)", "prompt": "Hello", "max_tokens": 3}"#
        }

        /// Counts how often a model is loaded.
        final class Loads: Sendable {
            private let state = Mutex(0)
            var count: Int { state.withLock { $0 } }

            func model(_ name: String, delay: Duration = .zero) -> ServedModel {
                ServedModel(name: name) {
                    self.state.withLock { $0 += 1 }
                    try await Task.sleep(for: delay)
                    return try await TinyChat.runner()
                }
            }
        }

        @Test func areLoadedWhenAskedFor() async throws {
            let (first, second) = (Loads(), Loads())
            let models = [first.model("a"), second.model("org/b", delay: .milliseconds(300))]
            try await TestServer.run(models) { server in
                while try await server.get("/health").status != 200 { try await Task.sleep(for: .milliseconds(10)) }
                #expect(first.count == 1 && second.count == 0)
                // Requests that come while it is loaded wait for the same model.
                try await withThrowingTaskGroup(of: TestServer.Answer.self) { group in
                    for _ in 0..<4 { group.addTask { try await server.post(Self.path, Self.body("org/b")) } }
                    for try await answer in group {
                        #expect(try answer.status == 200 && answer.json["model"] == "org/b")
                    }
                }
                #expect(second.count == 1)
                #expect(try await server.post(Self.path, Self.body("default")).json["model"] == "a")
                #expect(try await server.get("/v1/models/org/b").json["loaded"] == true)
                let unknown = try await server.post(Self.path, Self.body("c"))
                #expect(unknown.status == 404)
                let message = try unknown.json["error"]?["message"]?.string ?? ""
                #expect(message.contains("a, org/b"))
            }
        }

        @Test func lazily() async throws {
            let loads = Loads()
            var options = ServerOptions()
            options.isLazy = true
            try await TestServer.run([loads.model("a")], options) { server in
                let health = try await server.get("/health")
                #expect(health.status == 200)
                #expect(loads.count == 0)
                let answer = try await server.post(Self.path, Self.body("a"))
                #expect(answer.status == 200)
                #expect(loads.count == 1)
            }
        }

        @Test func areUnloadedWhenIdle() async throws {
            let loads = Loads()
            var options = ServerOptions()
            options.idleUnload = .milliseconds(100)
            try await TestServer.run([loads.model("a")], options) { server in
                #expect(try await server.post(Self.path, Self.body("a")).status == 200)
                while try await server.get("/v1/models/a").json["loaded"] == true {
                    try await Task.sleep(for: .milliseconds(20))
                }
                // And loaded again when they are asked for.
                let before = loads.count
                #expect(try await server.post(Self.path, Self.body("a")).status == 200)
                #expect(loads.count == before + 1)
            }
        }

        @Test func healthWaitsForTheModel() async throws {
            let (go, gate) = AsyncStream<Void>.makeStream()
            let model = ServedModel(name: "a") {
                for await _ in go {}
                return try await TinyChat.runner()
            }
            try await TestServer.run([model]) { server in
                let health = try await server.get("/health")
                #expect(try health.status == 503 && health.json["status"] == "loading")
                async let answer = server.post(Self.path, Self.body("a"))
                gate.finish()
                #expect(try await answer.status == 200)
                #expect(try await server.get("/health").status == 200)
            }
        }

        @Test func thatCannotBeLoaded() async throws {
            let broken = ServedModel(name: "b") {
                throw ZondaError(.notFound, "b is nowhere", remedy: "look elsewhere")
            }
            // A further one is an error for who asks for it; the first one ends the server.
            let runner = try await TinyChat.runner()
            try await TestServer.run([ServedModel(name: "a") { runner }, broken]) { server in
                for (name, status) in [("b", 404), ("b", 404), ("a", 200)] {
                    let answer = try await server.post(Self.path, Self.body(name))
                    #expect(answer.status == status)
                }
            }
            await #expect(throws: ZondaError.self) {
                try await TestServer.run([broken]) { _ in try await Task.sleep(for: .seconds(20)) }
            }
        }

        @Test func namesAreDifferent() {
            let loads = Loads()
            #expect(throws: ZondaError.self) { try ModelServer([loads.model("a"), loads.model("a")]) }
            #expect(throws: ZondaError.self) { try ModelServer([]) }
        }
    }
}
