import Foundation
import OrderedCollections
import TestSupport
import Testing
import Zonda
import ZondaFormats

@testable import zonda_cli

/// `zonda bench --server`, against a server that answers as the test says.
struct ServerBenchTests {
    private static let models = FakeServer.json(#"{"object": "list", "data": [{"id": "fake-model"}]}"#)

    private static func chunk(_ content: String) -> String {
        #"{"choices": [{"index": 0, "delta": {"content": "\#(content)"}, "finish_reason": null}]}"#
    }

    private static let role = #"{"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}"#
    private static let usage =
        #"{"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": 7, "total_tokens": 47}}"#

    @Test func countsWhatClientsSee() async throws {
        let server = try FakeServer { request in
            if request.line.hasPrefix("GET /v1/models") { return Self.models }
            return FakeServer.stream([Self.role, Self.chunk("a"), Self.chunk("b"), Self.chunk("c"), Self.usage])
        }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let plot = folder.path + "/plot.svg"
        let output = try await Command.run(
            "bench", "--server", server.url, "--concurrency", "1,3", "--requests", "6", "--prompt", "20",
            "--generate", "7", "--api-key", "secret", "--json", "--plot", plot)
        #expect(output.status == 0, "\(output.errors)")
        let report = try output.json()
        #expect(report["model"] == .string("fake-model"))
        let results = try #require(report["results"]?.array)
        #expect(results.map { $0["concurrency"]?.integer } == [1, 3])
        for result in results {
            #expect(result["completed"] == .integer(6))
            #expect(result["failed"] == .integer(0))
            #expect(result["tokens"] == .integer(42))
            #expect(result["promptTokens"] == .integer(240))
            #expect(result["tokensCountedByServer"] == .bool(true))
            #expect(result["inTime"] == .integer(6))
            let median = try #require(result["timeToFirstToken"]?["median"]?.double)
            #expect(median > 0 && median < 10)
        }
        let bodies = server.requests.filter { $0.line.hasPrefix("POST /v1/chat/completions") }
        // One to warm up.
        #expect(bodies.count == 13)
        #expect(bodies.allSatisfy { $0.headers.contains("authorization: bearer secret") })
        let texts = try bodies.map { try JSONValue(parsing: $0.body, name: "a request") }
        #expect(texts.allSatisfy { $0["stream_options"]?["include_usage"] == .bool(true) })
        #expect(texts.dropFirst().allSatisfy { $0["max_tokens"] == .integer(7) })
        let prompts = texts.compactMap { $0["messages"]?.array?.first?["content"]?.string }
        #expect(Set(prompts.map { $0.split(separator: " ").prefix(4) }).count == prompts.count, "each begins otherwise")
        #expect(prompts.allSatisfy { $0.split(separator: " ").count == 20 })
        #expect(try String(contentsOfFile: plot, encoding: .utf8).contains("3 at a time, median"))
    }

    @Test func failuresAreCountedAndShown() async throws {
        let count = Counter()
        let server = try FakeServer { request in
            if request.line.hasPrefix("GET") { return Self.models }
            switch count.next() % 4 {
            case 0: return FakeServer.stream([Self.chunk("a"), Self.chunk("b")])
            case 1: return FakeServer.json(#"{"error": {"message": "too busy"}}"#, status: "503 Busy")
            case 2: return FakeServer.stream([Self.chunk("a"), #"{"error": {"message": "it broke"}}"#])
            default: return FakeServer.stream([Self.role])
            }
        }
        defer { server.stop() }
        let output = try await Command.run(
            "bench", "--server", server.url + "/v1/", "--concurrency", "1", "--requests", "11", "--prompt", "4",
            "--generate", "2")
        #expect(output.status == 0, "\(output.errors)")
        #expect(output.errors.contains("3 failed: ") && output.errors.contains("503: too busy"), "\(output.errors)")
        #expect(output.errors.contains("it broke"))
        #expect(output.errors.contains("without text"))
        #expect(output.errors.contains("parts of the streams with text are counted"))
        let row = try #require(output.text.split(separator: "\n").last).split(separator: " ")
        #expect(row.prefix(3) == ["1", "2", "9"])
    }

    @Test func sharedPrefixesAndCompletions() async throws {
        let server = try FakeServer { request in
            if request.line.hasPrefix("GET") { return FakeServer.json("{}", status: "404 Not Found") }
            return FakeServer.stream([#"{"choices": [{"text": "a"}]}"#])
        }
        defer { server.stop() }
        let arguments = [
            "bench", "--server", server.url, "--requests", "4", "--prompt", "6", "--shared-prefix", "50",
            "--completions", "--ignore-eos",
        ]
        let unnamed = try await Command.run(arguments)
        #expect(unnamed.status == 1)
        #expect(unnamed.errors.contains("--model"), "\(unnamed.errors)")
        let output = try await Command.run(arguments + ["--model", "x"])
        #expect(output.status == 0, "\(output.errors)")
        let prompts = try server.requests.filter { $0.line.hasPrefix("POST /v1/completions ") }.map {
            try JSONValue(parsing: $0.body, name: "a request")["prompt"]?.string?.split(separator: " ") ?? []
        }
        #expect(prompts.count == 5)
        #expect(Set(prompts.map { $0.prefix(50) }).count == 1)
        #expect(Set(prompts).count == 5)
        #expect(server.requests.last?.body.contains(#""ignore_eos":"#) == true)
    }

    @Test func noServer() async throws {
        // A port that was free a moment ago.
        let server = try FakeServer { _ in [] }
        server.stop()
        let output = try await Command.run("bench", "--server", "http://127.0.0.1:1", "--requests", "1")
        #expect(output.status == 1)
        #expect(output.errors.contains("no server answers at http://127.0.0.1:1/v1"), "\(output.errors)")
    }

    @Test(arguments: [
        (["bench", "--server", "http://x", "--threads", "2"], "--threads is not for --server"),
        (["bench", "model", "--server", "http://x"], "Name a MODEL"), (["bench"], "Name a MODEL"),
        (["bench", "model", "--requests", "3"], "--requests needs --server"),
        (["bench", "--server", "http://x", "--requests", "3", "--duration", "2"], "--requests or --duration"),
    ])
    func wrongUsage(_ arguments: [String], _ message: String) async throws {
        let output = try await Command.run(arguments)
        #expect(output.status == 64)
        #expect(output.errors.contains(message), "\(output.errors)")
    }

    @Test func noAddress() async throws {
        let output = try await Command.run("bench", "--server", "localhost:8080")
        #expect(output.status == 1)
        #expect(output.errors.contains("http://127.0.0.1:8080"), "\(output.errors)")
    }

    private final class Counter: Sendable {
        private let lock = NSLock()
        nonisolated(unsafe) private var count = 0
        func next() -> Int {
            lock.withLock {
                defer { count += 1 }
                return count
            }
        }
    }
}

/// The figures that `bench` prints.
struct DistributionTests {
    @Test func quantilesAreThoseOfNumPy() throws {
        // numpy.percentile(range(1, 11), [50, 95, 99])
        let ten = try #require(Distribution((1...10).map(Double.init).shuffled()))
        #expect(abs(ten.median - 5.5) < 1e-12)
        #expect(abs(ten.p95 - 9.55) < 1e-12)
        #expect(abs(ten.p99 - 9.91) < 1e-12)
        let one = try #require(Distribution([4]))
        #expect([one.median, one.p95, one.p99] == [4, 4, 4])
        let two = try #require(Distribution([3, 1]))
        #expect(two.median == 2 && abs(two.p95 - 2.9) < 1e-12)
        #expect(Distribution([]) == nil)
    }

    @Test func goodputIsOfRequestsInTime() {
        let start = ContinuousClock.now
        func at(_ milliseconds: Int) -> ContinuousClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }
        func record(_ times: [Int], tokens: Int? = nil) -> ServerBench.Record {
            let answer = ServerBenchClient.Answer(times: times.map(at), promptTokenCount: 10, tokenCount: tokens)
            return ServerBench.Record(start: start, end: at((times.last ?? 0) + 10), answer: .success(answer))
        }
        let records = [
            record([100, 150, 200], tokens: 3),  // in time
            record([600, 620]),  // its first token is late
            record([100, 400]),  // its second is late
            record([100, 400], tokens: 7),  // late, but six tokens: 50 ms each
            record([500]),  // just in time
            ServerBench.Record(start: start, end: at(2000), answer: .failure(ServerBenchFailure(message: "no"))),
        ]
        let result = ServerBenchResult(
            concurrency: 2, records: records, maxTimeToFirstToken: 0.5, maxTimePerToken: 0.1)
        #expect(result.completedCount == 5)
        #expect(result.failures == ["no": 1])
        #expect(result.goodCount == 3)
        #expect(result.tokenCount == 3 + 2 + 2 + 7 + 1)
        #expect(!result.isCountedByServer)
        #expect(abs(result.duration - 2) < 1e-9)
        #expect(abs(result.goodput - 1.5) < 1e-9)
        #expect(abs((result.timeToFirstToken?.median ?? 0) - 0.1) < 1e-9)
        #expect(abs((result.betweenTokens?.median ?? 0) - 0.05) < 1e-9)
    }
}

/// Server-sent events, however they come.
struct ServerSentEventsTests {
    private static let text =
        "\u{FEFF}data: one\n\ndata: two\r\n\r\n: a comment\rdata:three\rdata: and more\r\revent: x\nid: 4\n"
        + "data: {\"a\": \"ü 🙂\"}\r\n\r\ndata\n\nretry: 3\n\ndata:  kept \n\nnonsense\n\ndata: [DONE]\n\ndata: cut"
    private static let events = ["one", "two", "three\nand more", "{\"a\": \"ü 🙂\"}", "", " kept ", "[DONE]"]

    @Test func everyCut() throws {
        let bytes = Array(Self.text.utf8)
        for first in 0...bytes.count {
            var events = ServerSentEvents()
            let parts = try events.append(bytes[..<first]) + events.append(bytes[first...])
            #expect(parts == Self.events, "cut at \(first)")
        }
        for length in 1...9 {
            var events = ServerSentEvents()
            var all: [String] = []
            for start in stride(from: 0, to: bytes.count, by: length) {
                all += try events.append(bytes[start..<min(bytes.count, start + length)])
            }
            #expect(all == Self.events, "pieces of \(length)")
        }
    }

    @Test func aLineWithoutEndIsRefused() throws {
        var events = ServerSentEvents()
        let piece = Array(repeating: UInt8(ascii: "x"), count: 1 << 20)
        let error = #expect(throws: ZondaError.self) {
            for _ in 0..<17 { _ = try events.append(piece) }
        }
        #expect(error?.code == .badRequest)
    }

    /// Mutants in pieces give what they give whole.
    @Test func mutants() throws {
        var mutator = ByteMutator(seed: 12)
        var random = SplitMix64(seed: 4)
        let bytes = Array(Self.text.utf8)
        var count = 0
        for _ in 0..<ByteMutator.roundCount {
            let mutant = mutator.mutated(bytes)
            var (whole, cut) = (ServerSentEvents(), ServerSentEvents())
            let expected = try whole.append(mutant)
            var place = 0
            var events: [String] = []
            while place < mutant.count {
                let end = min(mutant.count, place + 1 + Int(random.next() % 40))
                events += try cut.append(mutant[place..<end])
                place = end
            }
            guard events == expected else {
                Issue.record("\(mutant) gives \(events) in pieces, \(expected) whole")
                return
            }
            count += events.count
        }
        #expect(count > ByteMutator.roundCount)
    }
}
