import Foundation
import NIOHTTP1
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaHub

@Suite(.timeLimit(.minutes(2))) struct PullTests {
    @Test func fetchesOnlyWhatIsUsed() async throws {
        let fixture = try await Fixture()
        let pulled = try await fixture.pull()
        #expect(
            Set(pulled.files.map(\.path)) == [
                "config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors",
            ])
        #expect(pulled.folder == fixture.snapshot)
        #expect(pulled.commit == FakeHub.commit)
        #expect(pulled.fetchedByteCount == pulled.byteCount)
        for file in pulled.files {
            #expect(try fixture.bytes(file.path) == Fixture.safetensorsModel[file.path]?.bytes)
        }
        for path in ["pytorch_model.bin", "consolidated.safetensors", "README.md", "tokenizer.model"] {
            #expect(fixture.hub.fetches(of: path).isEmpty, "\(path) was fetched")
        }
    }

    @Test func laysTheCacheOutAsTheLibraryDoes() async throws {
        let fixture = try await Fixture()
        try await fixture.pull()
        let weights = Fixture.weights.sha256
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(fixture.snapshot)/model.safetensors")
        #expect(link == "../../blobs/\(weights)")
        let config = try #require(Fixture.safetensorsModel["config.json"])
        #expect(fixture.names("blobs").contains(weights))
        #expect(fixture.names("blobs").contains(config.gitSHA1))
        #expect(!fixture.names("blobs").contains { $0.hasSuffix(".incomplete") })
        #expect(fixture.names("refs") == ["main"])
        #expect(try String(contentsOfFile: "\(fixture.modelFolder)/refs/main", encoding: .utf8) == FakeHub.commit)
        #expect(fixture.names(".no_exist/\(FakeHub.commit)").contains("generation_config.json"))
        #expect(!fixture.names(".no_exist/\(FakeHub.commit)").contains("config.json"))
        #expect(fixture.exists("\(fixture.folder.path)/hub/.locks/models--org--model/\(weights).lock"))
        #expect(fixture.exists("\(fixture.folder.path)/hub/CACHEDIR.TAG"))
        let location = try ModelLocator(environment: fixture.environment).locate("org/model")
        #expect(location == .folder(fixture.snapshot))
        #expect(location.missingFile == nil)
    }

    @Test func fetchesNothingTwice() async throws {
        let fixture = try await Fixture()
        try await fixture.pull()
        let before = fixture.hub.fetches(of: "model.safetensors").count
        let again = try await fixture.pull()
        #expect(again.fetchedByteCount == 0)
        #expect(fixture.hub.fetches(of: "model.safetensors").count == before)
    }

    @Test func largeFilesComeInPiecesAndTheTokenStaysAtTheHub() async throws {
        let fixture = try await Fixture()
        fixture.environment["HF_TOKEN"] = "hf_secret"
        try await fixture.pull()
        let stored = fixture.hub.requests.filter(\.isStorage)
        #expect(stored.count == 8, "\(stored.count) pieces of 256 KiB")
        #expect(stored.allSatisfy { !$0.headers.contains(name: "Authorization") })
        #expect(stored.allSatisfy { $0.headers.first(name: "Host")?.hasPrefix("localhost:") == true })
        let asked = fixture.hub.requests.filter { !$0.isStorage }
        #expect(asked.allSatisfy { $0.headers.first(name: "Authorization") == "Bearer hf_secret" })
        // One look at the hub tells where the bytes are.
        #expect(asked.count { $0.path.hasSuffix("/model.safetensors") } == 1)
    }

    @Test func progressEndsAtTheWhole() async throws {
        let fixture = try await Fixture()
        let seen = Collected<HubProgress>()
        _ = try await fixture.client.pull(fixture.reference) { seen.append($0) }
        let last = try #require(seen.values.last)
        #expect(last.doneByteCount == last.byteCount)
        #expect(last.completeFileCount == 4)
        #expect(last.fileCount == 4)
        #expect(last.phase == .complete)
        #expect(zip(seen.values, seen.values.dropFirst()).allSatisfy { $0.doneByteCount <= $1.doneByteCount })
        #expect(Set(seen.values.filter { $0.phase == .complete }.map(\.file)).count == 4)
    }

    @Test func revisionsAreBranchesTagsAndCommits() async throws {
        let other = String(repeating: "ab", count: 20)
        let fixture = try await Fixture()
        fixture.hub.update("org/model") { $0.revisions["refs/pr/1"] = other }
        let pulled = try await fixture.pull(revision: "refs/pr/1")
        #expect(pulled.commit == other)
        #expect(try String(contentsOfFile: "\(fixture.modelFolder)/refs/refs/pr/1", encoding: .utf8) == other)
        // The same bytes at another commit are there.
        let main = try await fixture.pull()
        #expect(main.fetchedByteCount == 0)
        let direct = try await fixture.pull(revision: other)
        #expect(direct.commit == other)
        #expect(fixture.names("refs") == ["main", "refs"])
        await fixture.expectPull(revision: "v9", fails: .notFound, "no revision \"v9\"", "main, refs/pr/1")
        await fixture.expectPull(revision: "../x", fails: .badRequest, "../x")
    }

    @Test func listsOfManyPagesAreReadToTheirEnd() async throws {
        var files = Fixture.safetensorsModel
        for index in 0..<95 { files["extra/\(index).txt"] = Fixture.small("\(index)") }
        let fixture = try await Fixture(files)
        fixture.hub.setPageSize(7)
        let pulled = try await fixture.pull(":extra/94.txt")
        #expect(pulled.files.map(\.path) == ["extra/94.txt"])
        #expect(try fixture.bytes("extra/94.txt") == Array("94".utf8))
        #expect(fixture.hub.requests.count { $0.path.contains("/tree/") } == 15)
    }

    @Test func shardsAreThoseThatTheIndexNames() async throws {
        let index =
            #"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#
        var files: [String: FakeHub.File] = [
            "config.json": Fixture.small("{}"), "model.safetensors.index.json": Fixture.small(index),
            "model-00001-of-00002.safetensors": Fixture.large(300_000, seed: 10),
            "model-00002-of-00002.safetensors": Fixture.large(200_000, seed: 11),
            "consolidated.00.safetensors": Fixture.large(100, seed: 12),
        ]
        let fixture = try await Fixture(files)
        let pulled = try await fixture.pull()
        #expect(Set(pulled.files.map(\.path)) == Set(files.keys).subtracting(["consolidated.00.safetensors"]))
        #expect(pulled.fetchedByteCount == pulled.byteCount)
        #expect(fixture.hub.fetches(of: "model.safetensors.index.json").count == 1)

        files["model-00002-of-00002.safetensors"] = nil
        let broken = try await Fixture(files)
        await broken.expectPull(fails: .notFound, "names model-00002-of-00002.safetensors")
    }

    @Test func theTextOfAModelComesWithoutItsWeights() async throws {
        let fixture = try await Fixture()
        let pulled = try await fixture.client.pullText(fixture.reference.id)
        #expect(Set(pulled.files.map(\.path)) == ["config.json", "tokenizer.json", "tokenizer_config.json"])
        let without = try await Fixture(["config.json": Fixture.small("{}")])
        await #expect(throws: ZondaError.self) { _ = try await without.client.pullText(without.reference.id) }
    }

    @Test func ofSeveralGGUFFilesTheOneThatIsMeantComes() async throws {
        let fixture = try await Fixture(Fixture.ggufModels)
        #expect(try await fixture.pull().files.map(\.path) == ["m-q4_k_m.gguf"])
        #expect(try await fixture.pull(":q8_0").files.map(\.path) == ["m-Q8_0.gguf"])
        let parts = ["big/m-F16-00001-of-00002.gguf", "big/m-F16-00002-of-00002.gguf"]
        #expect(try await fixture.pull(":F16").files.map(\.path) == parts)
        #expect(try await fixture.pull(":\(parts[1])").files.map(\.path) == parts)
        for part in parts { #expect(try fixture.bytes(part) == Fixture.ggufModels[part]?.bytes) }
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(fixture.snapshot)/\(parts[0])")
        #expect(link.hasPrefix("../../../blobs/"))
        let locator = ModelLocator(environment: fixture.environment)
        #expect(try locator.locate("org/model:f16") == .gguf("\(fixture.snapshot)/\(parts[0])"))
        #expect(try locator.locate("org/model:m-Q8_0.gguf") == .gguf("\(fixture.snapshot)/m-Q8_0.gguf"))
        #expect(try locator.locate("org/model") == .gguf("\(fixture.snapshot)/m-q4_k_m.gguf"))
    }

    @Test func whereNoChoiceIsMadeWhatThereIsIsListed() async throws {
        var files = Fixture.ggufModels
        files["m-q4_k_m.gguf"] = nil
        let fixture = try await Fixture(files)
        await fixture.expectPull(fails: .badRequest, "2 GGUF models", "Q8_0 (4.9 KiB)", "F16 (1.2 MiB)")
        await fixture.expectPull(":Q5_K_M", fails: .notFound, "no GGUF file in Q5_K_M", "Q8_0 (4.9 KiB)")
        await fixture.expectPull(":m-Q8_1.gguf", fails: .notFound, "no file m-Q8_1.gguf", "there are: m-Q8_0.gguf")
        files["big/m-F16-00002-of-00002.gguf"] = nil
        let broken = try await Fixture(files)
        await broken.expectPull(":F16", fails: .notFound, "of the 2 parts", "only 1")
        let pickled = try await Fixture(["pytorch_model.bin": Fixture.large(10)])
        await pickled.expectPull(fails: .unsupported, "pytorch_model.bin", "conversion")
    }
}
