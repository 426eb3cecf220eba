import OrderedCollections
import Testing
import Zonda
import ZondaCore
import ZondaFormats
import ZondaWire

/// Answers in the forms of the APIs.
struct WritingTests {
    @Test(arguments: [
        (ZondaError(.badRequest, "m", remedy: "r", facts: ["param": "n", "code": "c"]), 400, "c"),
        (ZondaError(.contextExceeded, "m"), 400, "context_length_exceeded"),
        (ZondaError(.notFound, "m"), 404, "not_found"), (ZondaError(.cancelled, "m"), 503, "cancelled"),
        (ZondaError(.internalFault, "m"), 500, "internalFault"),
    ])
    func errors(error: ZondaError, status: Int, code: String) {
        let wire = WireError(error)
        #expect(wire.status == status && wire.code == code)
        let json = wire.json["error"]?.object
        #expect(json.map { Array($0.keys) } == ["message", "type", "param", "code"])
        #expect(wire.anthropicJSON["type"] == "error")
        #expect(wire.anthropicJSON["error"]?["message"]?.string == wire.message)
    }

    @Test func ids() {
        let ids = Set((0..<1000).map { _ in WireID.make("resp_") })
        #expect(ids.count == 1000)
        #expect(ids.allSatisfy { $0.hasPrefix("resp_") && $0.count == 29 })
    }

    /// Every table names each member once, and says something of it.
    @Test(arguments: WireRoute.all.map(\.path)) func tables(path: String) throws {
        let route = try #require(WireRoute.all.first { $0.path == path })
        #expect(Set(route.fields.map(\.name)).count == route.fields.count)
        #expect(route.fields.allSatisfy { !$0.summary.isEmpty })
    }

    @Test func embeddings() throws {
        let vectors: [[Float]] = [[0.1, -2], [0.25, 1e-8]]
        let floats = EmbeddingWriter(model: "m", format: .float).write(vectors, promptTokens: 3)
        #expect(floats["data"]?.array?[0]["embedding"] == .array([0.1, .number(-2)]))
        #expect(floats["data"]?.array?[1]["index"] == 1)
        #expect(floats["usage"]?["prompt_tokens"] == 3)
        let packed = EmbeddingWriter(model: "m", format: .base64).write([[1, -2]], promptTokens: 1)
        // 0x3F800000 and 0xC0000000, lowest byte first.
        #expect(packed["data"]?.array?[0]["embedding"] == "AACAPwAAAMA=")
    }
}
