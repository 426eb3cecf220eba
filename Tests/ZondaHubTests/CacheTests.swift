import Foundation
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaHub

@Suite(.timeLimit(.minutes(2))) struct CacheTests {
    @Test func modelsAreListedWithWhatTheyTake() async throws {
        let fixture = try await Fixture(Fixture.ggufModels)
        #expect(fixture.cache.models().isEmpty)
        try await fixture.pull(":Q8_0")
        try await fixture.pull(":Q4_K_M")
        try fixture.folder.write(
            "hub/models--org--model/blobs/\(String(repeating: "e", count: 64)).incomplete", "12345")
        try fixture.folder.write("hub/models--gpt2/refs/main", "x")
        try fixture.folder.write("hub/datasets--org--data/refs/main", "x")
        let models = fixture.cache.models()
        #expect(models.map { "\($0.id)" } == ["gpt2", "org/model"])
        let model = try #require(models.last)
        #expect(model.byteCount == 9005)
        #expect(model.incompleteByteCount == 5)
        #expect(model.revisions.map(\.commit) == [FakeHub.commit])
        #expect(model.revisions.first?.names == ["main"])
        #expect(model.revisions.first?.files.map(\.path) == ["m-Q8_0.gguf", "m-q4_k_m.gguf"])
        #expect(abs(try #require(model.lastUsed) - Int(Date().timeIntervalSince1970)) < 600)
    }

    @Test func removingAFileFreesWhatNobodyElseUses() async throws {
        let fixture = try await Fixture(Fixture.ggufModels)
        try await fixture.pull(":F16")
        try await fixture.pull(":Q8_0")
        // Another commit with the same Q8_0.
        let other = String(repeating: "ab", count: 20)
        fixture.hub.update("org/model") { $0.revisions["v2"] = other }
        try await fixture.pull(":Q8_0", revision: "v2")

        let split = try fixture.cache.removal(of: ModelReference("org/model:big/m-F16-00001-of-00002.gguf"))
        #expect(split.byteCount == 1_300_000)
        #expect(split.files.count == 2)
        try split.run()
        #expect(fixture.names("blobs") == [Fixture.ggufModels["m-Q8_0.gguf"]!.sha256])
        #expect(!fixture.exists("\(fixture.snapshot)/big/m-F16-00002-of-00002.gguf"))

        let both = try fixture.cache.removal(of: ModelReference("org/model:q8_0"))
        #expect(both.byteCount == 5000)
        #expect(both.files.count == 2)
        try both.run()
        #expect(fixture.names("blobs").isEmpty)
        #expect(fixture.names("snapshots").isEmpty)
        #expect(fixture.names("refs").isEmpty)
        expectError(.notFound, "org/model:Q8_0 is not in") {
            _ = try fixture.cache.removal(of: ModelReference("org/model:Q8_0"))
        }
    }

    @Test func removingAModelLeavesNothingButOthers() async throws {
        let fixture = try await Fixture()
        try await fixture.pull()
        let outside = try fixture.folder.write("outside.txt", "keep")
        try FileManager.default.createSymbolicLink(
            atPath: "\(fixture.snapshot)/link", withDestinationPath: fixture.folder.path)
        let removal = try fixture.cache.removal(of: fixture.reference)
        #expect(removal.byteCount == (try #require(fixture.cache.model(fixture.reference.id))).byteCount)
        try removal.run()
        #expect(!fixture.exists(fixture.modelFolder))
        #expect(fixture.exists(outside))
        expectError(.notFound, "org/model is not in", "zonda list") {
            _ = try fixture.cache.removal(of: fixture.reference)
        }
    }

    @Test func whatIsBeingDownloadedIsNotRemoved() async throws {
        let fixture = try await Fixture()
        try await fixture.pull()
        let folder = CacheFolder(cache: "\(fixture.folder.path)/hub", id: fixture.reference.id)
        let lock = try FileLock.tryAcquire(folder.lock(.sha256(Fixture.weights.sha256)))
        #expect(lock != nil)
        expectError(.inputOutput, "being downloaded by another process") {
            try fixture.cache.removal(of: fixture.reference).run()
        }
        #expect(try fixture.bytes("model.safetensors") == Fixture.weights.bytes)
        withExtendedLifetime(lock) {}
    }

    @Test func aLinkThatLeavesTheModelIsNotItsBlob() throws {
        let folder = try TemporaryFolder()
        let id = try HubID("org/model")
        let cache = CacheFolder(cache: "\(folder.path)/hub", id: id)
        try cache.make()
        let target = try folder.write("precious", "keep")
        let commit = String(repeating: "c", count: 40)
        let snapshot = "\(cache.snapshots)/\(commit)"
        try FileManager.default.createDirectory(atPath: snapshot, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(snapshot)/a.gguf", withDestinationPath: target)
        try FileManager.default.createSymbolicLink(
            atPath: "\(snapshot)/b.gguf", withDestinationPath: "../../../../precious")
        let model = try #require(HubCache(HubEnvironment(environment: ["HF_HOME": folder.path])).model(id))
        #expect(model.revisions.first?.files.allSatisfy { $0.blob == nil } == true)
        try HubCache(HubEnvironment(environment: ["HF_HOME": folder.path])).removal(of: ModelReference(id)).run()
        #expect(FileManager.default.fileExists(atPath: target))
    }

    @Test func locksAreLetGo() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/x.lock"
        do {
            let held = try FileLock.tryAcquire(path)
            #expect(held != nil)
            #expect(try FileLock.tryAcquire(path) == nil)
            withExtendedLifetime(held) {}
        }
        #expect(try FileLock.tryAcquire(path) != nil)
    }
}
