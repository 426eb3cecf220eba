import Foundation
import NIOCore
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaHub

/// Servers and networks that do not do as they should.
@Suite(.timeLimit(.minutes(2))) struct ResumeTests {
    private let weights = Fixture.weights

    private func isWeights(_ request: FakeHub.Request) -> Bool { request.isStorage }

    @Test func goesOnFromWhatIsThere() async throws {
        let fixture = try await Fixture()
        let blob = "hub/models--org--model/blobs/\(weights.sha256)"
        try fixture.folder.write("\(blob).incomplete", Array(weights.bytes.prefix(1_500_000)))
        let pulled = try await fixture.pull()
        #expect(try fixture.bytes("model.safetensors") == weights.bytes)
        #expect(pulled.byteCount - pulled.fetchedByteCount == 1_500_000)
        let ranges = fixture.hub.requests.filter(\.isStorage).compactMap(\.range)
        #expect(ranges.map(\.lowerBound).min() == 1_500_000)
    }

    @Test func aConnectionThatBreaksIsTakenUpAgain() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { request, number, answer in
            // Each piece is cut after 100,000 bytes, again and again.
            if request.isStorage { answer.cut = 100_000 }
        }
        try await fixture.pull()
        #expect(try fixture.bytes("model.safetensors") == weights.bytes)
        #expect(fixture.hub.requests.count(where: \.isStorage) >= 20)
    }

    @Test func theSignatureOfStorageMayExpire() async throws {
        let fixture = try await Fixture()
        fixture.options.parallelRangeCount = 1
        fixture.hub.intercept { request, number, answer in
            // The address that was given first is good for two pieces.
            if request.isStorage, number == 2 || number == 3 { answer = FakeHub.Answer(status: 403, length: 0) }
        }
        try await fixture.pull()
        #expect(try fixture.bytes("model.safetensors") == weights.bytes)
        #expect(fixture.hub.requests.count { $0.path.hasSuffix("/model.safetensors") } >= 2)
    }

    @Test func aServerWithoutRangesIsStreamedFrom() async throws {
        let fixture = try await Fixture()
        let bytes = weights.bytes
        fixture.hub.intercept { request, number, answer in
            guard request.isStorage else { return }
            answer = FakeHub.Answer(status: 200, body: bytes, length: bytes.count)
            // The first ends early.
            if number == 0 { answer.cut = 700_000 }
        }
        let blob = "hub/models--org--model/blobs/\(weights.sha256)"
        try fixture.folder.write("\(blob).incomplete", Array(bytes.prefix(10)))
        let seen = Collected<HubProgress>()
        let pulled = try await fixture.client.pull(fixture.reference) { seen.append($0) }
        #expect(try fixture.bytes("model.safetensors") == bytes)
        #expect(fixture.hub.requests.count(where: \.isStorage) == 2)
        // Of what was there from before nothing was of use; nothing was wrong with it, either.
        #expect(pulled.fetchedByteCount == pulled.byteCount)
        #expect(seen.values.contains { $0.phase == .restarted })
        #expect(!seen.values.contains { $0.phase == .damaged })
    }

    @Test func aBodyInChunksWithoutALengthIsStreamedToo() async throws {
        let fixture = try await Fixture()
        let bytes = weights.bytes
        fixture.hub.intercept { request, _, answer in
            if request.isStorage { answer = FakeHub.Answer(status: 200, body: bytes) }
        }
        try await fixture.pull()
        #expect(try fixture.bytes("model.safetensors") == bytes)
    }

    @Test func aWrongBeginningIsNoticedAndFetchedAnew() async throws {
        let fixture = try await Fixture()
        let blob = "hub/models--org--model/blobs/\(weights.sha256)"
        try fixture.folder.write("\(blob).incomplete", Fixture.noise(1_000_000, seed: 99))
        let seen = Collected<HubProgress>()
        let pulled = try await fixture.client.pull(fixture.reference) { seen.append($0) }
        #expect(try fixture.bytes("model.safetensors") == weights.bytes)
        #expect(pulled.fetchedByteCount == pulled.byteCount)
        #expect(seen.values.contains { $0.phase == .damaged })
        #expect(!seen.values.contains { $0.phase == .restarted })
    }

    @Test(arguments: ["model.safetensors", "config.json"])
    func wrongBytesAreFetchedOnceMoreAndThenAnError(path: String) async throws {
        let fixture = try await Fixture()
        let file = try #require(Fixture.safetensorsModel[path])
        fixture.hub.intercept { request, _, answer in
            if request.isStorage == file.isLarge, answer.body.starts(with: file.bytes.prefix(16)) {
                answer.body[8] ^= 1
            }
        }
        await fixture.expectPull(fails: .badFile, path, "checksum is ", file.etag, "twice")
        #expect(!fixture.exists("\(fixture.modelFolder)/blobs/\(file.etag)"))
        #expect(!fixture.exists("\(fixture.modelFolder)/blobs/\(file.etag).incomplete"))
        #expect(!fixture.exists(fixture.snapshot))
        #expect(fixture.names("refs").isEmpty)
    }

    @Test func garbageRangesAreErrors() async throws {
        for said in ["bytes 0-9/2000000", "bytes 5-262148/2000000", "bytes 0-262143/17", "", "pages 1-2/3"] {
            let fixture = try await Fixture()
            fixture.hub.intercept { request, _, answer in
                if request.isStorage { answer.headers["Content-Range"] = said }
            }
            await fixture.expectPull(fails: .badFile, "model.safetensors", "sends \"\(said)\" when asked for")
        }
    }

    @Test func moreBytesThanSaidAreAnError() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { request, _, answer in
            guard request.isStorage, request.range?.lowerBound == 0 else { return }
            answer.body += [1, 2, 3]
            answer.length = nil
        }
        await fixture.expectPull(fails: .badFile, "more than the 262144 bytes")
        let whole = try await Fixture()
        whole.hub.intercept { [weights] request, _, answer in
            if request.isStorage { answer = FakeHub.Answer(status: 200, body: weights.bytes + [0]) }
        }
        await whole.expectPull(fails: .badFile, "more than the 2000000 bytes")
    }

    @Test func fewerBytesThanSaidAreAnErrorInTheEnd() async throws {
        let fixture = try await Fixture()
        fixture.options.attemptCount = 3
        fixture.hub.intercept { [weights] request, _, answer in
            if request.isStorage { answer = FakeHub.Answer(status: 200, body: Array(weights.bytes.prefix(1000))) }
        }
        await fixture.expectPull(fails: .networkFailed, "after 1000 of 2000000 bytes", "tried")
        let lying = try await Fixture()
        lying.hub.intercept { request, _, answer in
            if request.isStorage { answer = FakeHub.Answer(status: 200, body: [1], length: 1) }
        }
        await lying.expectPull(fails: .badFile, "says 1 bytes where the hub listed 2000000")
    }

    @Test func packedBytesAreAnError() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { request, _, answer in
            if request.path.hasSuffix("config.json") { answer.headers["Content-Encoding"] = "gzip" }
        }
        await fixture.expectPull(fails: .badFile, "packed as gzip")
    }

    @Test func endlessRedirectsAreAnError() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { request, _, answer in
            if request.isStorage { answer = FakeHub.Answer(status: 302, headers: ["Location": "?again"], length: 0) }
        }
        await fixture.expectPull(fails: .badFile, "more than 5 times")
        let nowhere = try await Fixture()
        nowhere.hub.intercept { request, _, answer in
            if answer.status == 302 { answer.headers["Location"] = "ftp://localhost/x" }
        }
        await nowhere.expectPull(fails: .badFile, "ftp://localhost/x", "no address")
    }

    @Test func httpsNeverLeadsToHTTP() throws {
        let url = try #require(HubURL("https://huggingface.co/a/b"))
        #expect(try HubTransport.next(from: url, to: "/c?d=1").text == "https://huggingface.co/c?d=1")
        #expect(try HubTransport.next(from: url, to: "https://cdn.example/x").host == "cdn.example")
        let failure = #expect(throws: HubFailure.self) {
            _ = try HubTransport.next(from: url, to: "http://cdn.example/x")
        }
        #expect(failure?.error.code == .accessDenied)
        #expect(failure?.isTransient == false)
    }

    @Test func trafficJamsAreWaitedOut() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { request, number, answer in
            let statuses = [429, 500, 502, 503]
            guard number < statuses.count, request.path.hasSuffix("config.json") || request.path.contains("/revision/")
            else { return }
            answer = FakeHub.Answer(status: statuses[number], headers: ["Retry-After": "0"], length: 0)
        }
        try await fixture.pull()
        #expect(fixture.hub.fetches(of: "config.json").count == 5)
    }

    @Test func aJamWithoutEndIsAnErrorAndSoIsALongWait() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { _, _, answer in answer = FakeHub.Answer(status: 503, length: 0) }
        await fixture.expectPull(fails: .networkFailed, "503", "tried 6 times")
        fixture.hub.intercept { _, _, answer in
            answer = FakeHub.Answer(status: 429, headers: ["Retry-After": "3600"], length: 0)
        }
        await fixture.expectPull(fails: .networkFailed, "429", "try again in 3600 seconds")
    }

    @Test func aServerThatFallsSilentIsLeft() async throws {
        let fixture = try await Fixture()
        fixture.options.idleTimeout = .seconds(2)
        fixture.hub.intercept { request, number, answer in
            if request.path.hasSuffix("config.json"), number == 0 { answer.delay = .seconds(30) }
        }
        try await fixture.pull()
        #expect(fixture.hub.fetches(of: "config.json").count >= 2)
    }

    @Test func whatHasComeIsKeptWhenADownloadIsCancelled() async throws {
        let fixture = try await Fixture()
        fixture.options.rangeByteCount = 64 << 10
        fixture.options.parallelRangeCount = 2
        fixture.hub.intercept { request, _, answer in
            if request.isStorage { answer.delay = .milliseconds(30) }
        }
        let client = fixture.client
        let reference = fixture.reference
        let (progress, moved) = AsyncStream.makeStream(of: Int.self)
        let task = Task {
            try await client.pull(reference) { if $0.file == "model.safetensors" { moved.yield($0.fileDoneByteCount) } }
        }
        for await done in progress where done >= 300_000 { break }
        task.cancel()
        let error = await #expect(throws: ZondaError.self) { _ = try await task.value }
        #expect(error?.code == .cancelled)
        let part = try Data(contentsOf: URL(filePath: "\(fixture.modelFolder)/blobs/\(weights.sha256).incomplete"))
        #expect(part.count >= 64 << 10)
        #expect(Array(part) == Array(weights.bytes.prefix(part.count)), "only a beginning is kept")
        fixture.hub.intercept { _, _, _ in }
        let pulled = try await fixture.pull()
        #expect(pulled.byteCount - pulled.fetchedByteCount >= part.count)
        #expect(try fixture.bytes("model.safetensors") == weights.bytes)
    }
}
