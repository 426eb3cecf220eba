import Foundation
import NIOHTTP1
import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaHub

/// The cache is one with that of Python's `huggingface_hub`: the real library reads what Zonda wrote, and the reverse.
@Suite(.enabled(if: Library.python != nil, Library.missing), .timeLimit(.minutes(5))) struct LibraryTests {
    private var offline: [String: String] { ["HF_HUB_OFFLINE": "1"] }

    @Test func theLibraryFindsOfflineWhatZondaFetched() async throws {
        let fixture = try await Fixture()
        let pulled = try await fixture.pull()
        let output = try await Library.run(
            "find", "org/model", "config.json", "tokenizer.json", "model.safetensors", "generation_config.json",
            "README.md", environment: ["HF_HOME": fixture.folder.path].merging(offline) { $1 })
        let found = try output.json()
        #expect(found["snapshot"]?.string == fixture.snapshot)
        #expect(found["files"]?["model.safetensors"]?.integer == Fixture.weights.bytes.count)
        #expect(found["files"]?["config.json"]?.integer == pulled.files.first { $0.path == "config.json" }?.byteCount)
        #expect(found["files"]?["generation_config.json"]?.string == "no_exist")
        #expect(found["files"]?["README.md"] == .null)
    }

    @Test func theLibraryFetchesNothingThatZondaFetched() async throws {
        let fixture = try await Fixture()
        try await fixture.pull()
        let before = fixture.hub.fetches(of: "model.safetensors").count
        let output = try await Library.run("download", "org/model", environment: fixture.environment)
        #expect(output.text == fixture.snapshot + "\n")
        #expect(fixture.hub.fetches(of: "model.safetensors").count == before)
        #expect(!fixture.hub.fetches(of: "README.md").isEmpty)
    }

    @Test func zondaFindsWhatTheLibraryFetched() async throws {
        let fixture = try await Fixture()
        _ = try await Library.run("download", "org/model", environment: fixture.environment)
        let location = try ModelLocator(environment: fixture.environment).locate("org/model")
        #expect(location == .folder(fixture.snapshot))
        #expect(location.missingFile == nil)
        let before = fixture.hub.requests.count { $0.method == .GET && $0.path.contains("/resolve/") }
        let pulled = try await fixture.pull()
        #expect(pulled.fetchedByteCount == 0)
        #expect(fixture.hub.requests.count { $0.method == .GET && $0.path.contains("/resolve/") } == before)
        #expect(try fixture.bytes("model.safetensors") == Fixture.weights.bytes)
    }

    @Test func aModelOfWhichTheLibraryFetchedOneFileIsMadeWhole() async throws {
        let fixture = try await Fixture()
        _ = try await Library.run("download", "org/model", "config.json", environment: fixture.environment)
        let location = try ModelLocator(environment: fixture.environment).locate("org/model")
        #expect(location.missingFile == "\(fixture.snapshot)/model.safetensors")
        let pulled = try await fixture.pull()
        #expect(pulled.fetchedByteCount == pulled.byteCount - Fixture.safetensorsModel["config.json"]!.bytes.count)
        #expect(try ModelLocator(environment: fixture.environment).locate("org/model").missingFile == nil)
    }

    @Test func bothSeeTheSameModels() async throws {
        let fixture = try await Fixture(Fixture.ggufModels)
        try await fixture.pull(":F16")
        try await fixture.pull(":Q8_0")
        let environment = ["HF_HOME": fixture.folder.path]
        let scan = try await Library.run("scan", environment: environment).json()
        #expect(scan["warnings"] == .array([]))
        let theirs = try #require(scan["repos"]?["org/model"])
        let ours = try #require(fixture.cache.model(fixture.reference.id))
        #expect(theirs["size"]?.integer == ours.byteCount)
        #expect(theirs["refs"] == .array(["main"]))
        let files = theirs["revisions"]?[FakeHub.commit]?.array?.compactMap(\.string)
        #expect(files == ours.revisions.first?.files.map(\.path))
        try fixture.cache.removal(of: ModelReference("org/model:F16")).run()
        let after = try await Library.run("scan", environment: environment).json()
        #expect(after["warnings"] == .array([]))
        #expect(after["repos"]?["org/model"]?["size"]?.integer == Fixture.ggufModels["m-Q8_0.gguf"]!.bytes.count)
    }

    @Test func aLockOfTheLibraryIsWaitedFor() async throws {
        let fixture = try await Fixture()
        let folder = CacheFolder(cache: "\(fixture.folder.path)/hub", id: fixture.reference.id)
        try folder.make()
        let lock = folder.lock(.sha256(Fixture.weights.sha256))
        let holder = try Library.start(["hold", lock], ["HF_HOME": fixture.folder.path])
        while holder.text.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        try #require(holder.text == "held\n")
        #expect(try FileLock.tryAcquire(lock) == nil)
        expectError(.inputOutput, "being downloaded by another process") {
            try fixture.cache.removal(of: fixture.reference).run()
        }
        let (waits, waiting) = AsyncStream.makeStream(of: Void.self)
        let (client, reference) = (fixture.client, fixture.reference)
        let task = Task { try await client.pull(reference) { if $0.phase == .waiting { waiting.yield() } } }
        for await _ in waits { break }
        #expect(!fixture.exists("\(fixture.modelFolder)/blobs/\(Fixture.weights.sha256)"))
        try holder.send("go")
        _ = try await holder.output()
        _ = try await task.value
        #expect(try fixture.bytes("model.safetensors") == Fixture.weights.bytes)
    }

    /// The store of blobs that models share, as the library makes it for files in Xet storage.
    @Test func whatOtherModelsShareIsNotRemoved() async throws {
        let folder = try TemporaryFolder()
        let output = try await Library.shared(folder.path)
        #expect(output.status == 0, "\(output.errors)")
        let cache = HubCache(HubEnvironment(environment: ["HF_HOME": folder.path]))
        let store = "\(folder.path)/hub/blobs/ab/ab" + String(repeating: "0", count: 62)
        #expect(FileManager.default.fileExists(atPath: store))
        let first = try cache.removal(of: ModelReference("org/a"))
        #expect(first.byteCount == 0)
        try first.run()
        #expect(FileManager.default.fileExists(atPath: store))
        let last = try cache.removal(of: ModelReference("org/b"))
        #expect(last.byteCount == 1000)
        try last.run()
        #expect(!FileManager.default.fileExists(atPath: store))
    }
}

extension Library {
    /// Two models whose one blob is in the shared store, made by the library's own functions.
    fileprivate static func shared(_ home: String) async throws -> Program.Output {
        let code = """
            import os, sys
            from huggingface_hub.utils._shared_blobs import publish_blob_to_shared_store, try_link_from_shared_store
            cache, xet = os.path.join(sys.argv[1], "hub"), "ab" + "0" * 62
            for name in ["a", "b"]:
                model = os.path.join(cache, "models--org--" + name)
                commit = "c" * 40
                for part in ["blobs", "refs", "snapshots/" + commit]: os.makedirs(os.path.join(model, part))
                open(os.path.join(model, "refs/main"), "w").write(commit)
                blob = os.path.join(model, "blobs", "d" * 64)
                if name == "a":
                    open(blob, "wb").write(bytes(1000))
                    assert publish_blob_to_shared_store(
                        blob_path=blob, xet_hash=xet, cache_dir=cache, expected_size=1000)
                else:
                    assert try_link_from_shared_store(
                        blob_path=blob, xet_hash=xet, cache_dir=cache, expected_size=1000)
                os.symlink("../../blobs/" + "d" * 64, os.path.join(model, "snapshots", commit, "model.safetensors"))
            """
        return try await Program(try #require(python), ["-c", code, home], ["HF_HOME": home]).output()
    }
}
