import TestSupport
import Testing
import ZondaCore
import ZondaFormats

/// A cache with one model at one commit, as `huggingface_hub` lays it out.
private func cache(_ files: [String]) throws -> (folder: TemporaryFolder, snapshot: String, locator: ModelLocator) {
    let folder = try TemporaryFolder()
    let commit = String(repeating: "ab", count: 20)
    let snapshot = "hub/models--org--model/snapshots/\(commit)"
    for file in files { try folder.write("\(snapshot)/\(file)", "x") }
    try folder.write("hub/models--org--model/refs/main", "\(commit)\n")
    return (folder, "\(folder.path)/\(snapshot)", ModelLocator(environment: ["HF_HOME": folder.path]))
}

@Suite struct ModelLocatorTests {
    @Test func choosesTheCacheAsTheHubLibraryDoes() {
        #expect(ModelLocator(environment: ["HOME": "/h"]).hubCache == "/h/.cache/huggingface/hub")
        #expect(ModelLocator(environment: ["HOME": "/h", "XDG_CACHE_HOME": "/x"]).hubCache == "/x/huggingface/hub")
        #expect(ModelLocator(environment: ["HOME": "/h", "HF_HOME": "~/hf"]).hubCache == "/h/hf/hub")
        #expect(ModelLocator(environment: ["HF_HOME": "/a", "HF_HUB_CACHE": "/b"]).hubCache == "/b")
        #expect(ModelLocator(environment: ["HF_HOME": "", "HOME": "/h"]).hubCache == "/h/.cache/huggingface/hub")
    }

    @Test func findsPaths() throws {
        let folder = try TemporaryFolder()
        let locator = ModelLocator(environment: ["HOME": folder.path])
        let file = try folder.write("m.gguf", "x")
        #expect(try locator.locate(file) == .gguf(file))
        #expect(try locator.locate("~/m.gguf") == .gguf(file))
        #expect(try locator.locate(folder.path) == .gguf(file))
        try folder.write("n-00001-of-00002.gguf", "x")
        try folder.write("n-00002-of-00002.gguf", "x")
        expectError(.badRequest, "2 GGUF models: m.gguf, n-00001-of-00002.gguf") { _ = try locator.locate(folder.path) }
        try folder.write("model.safetensors", "x")
        #expect(try locator.locate(folder.path) == .folder(folder.path))
        #expect(try locator.locate(file: "m.gguf", in: folder.path) == file)
        let other = try folder.write("notes.txt", "x")
        expectError(.badRequest, "not a .gguf file") { _ = try locator.locate(other) }
    }

    @Test func opensWhatItFound() throws {
        let locator = ModelLocator(environment: [:])
        let folder = try locator.locate(Golden.path("models/qwen2")).openTensors()
        let gguf = try locator.locate(Golden.path("gguf/qwen2.gguf")).openTensors()
        #expect(try folder.tensor("model.embed_tokens.weight").shape == [320, 64])
        #expect(try gguf.tensor("token_embd.weight").shape == [320, 64])
    }

    @Test func findsHubIDsByReferenceAndCommit() throws {
        let (folder, snapshot, locator) = try cache(["config.json", "model.safetensors", "sub/file.gguf"])
        let commit = String(repeating: "ab", count: 20)
        #expect(try locator.locate("org/model") == .folder(snapshot))
        #expect(try locator.locate("org/model", revision: commit) == .folder(snapshot))
        #expect(try locator.locate(file: "sub/file.gguf", in: "org/model") == snapshot + "/sub/file.gguf")
        try folder.write("hub/models--org--model/refs/refs/pr/1", commit)
        #expect(try locator.locate("org/model", revision: "refs/pr/1") == .folder(snapshot))
    }

    @Test func listsEveryPlaceWhereItLooked() throws {
        let (folder, snapshot, locator) = try cache(["config.json"])
        let hub = folder.path + "/hub"
        expectError(
            .notFound, "other/model was not found", "other/model (no such", "\(hub)/models--other--model",
            "HF_HUB_CACHE"
        ) {
            _ = try locator.locate("other/model")
        }
        expectError(.notFound, "refs/v2 (no such revision)", "snapshots/v2 (no such folder)") {
            _ = try locator.locate("org/model", revision: "v2")
        }
        expectError(.notFound, "b.gguf of org/model", "\(snapshot)/b.gguf") {
            _ = try locator.locate(file: "b.gguf", in: "org/model")
        }
        expectError(.notFound, "/no/such/place") { _ = try locator.locate("/no/such/place/at/all") }
        try folder.write("hub/models--org--model/refs/main", "ffff")
        expectError(.notFound, "snapshots/ffff (named by") { _ = try locator.locate("org/model") }
    }

    @Test func findsFilesAndTypesOfARepository() throws {
        let (folder, snapshot, locator) = try cache(["m-Q8_0.gguf", "m-q4_k_m.gguf", "big/m-F16-00001-of-00002.gguf"])
        #expect(try locator.locate("org/model") == .gguf("\(snapshot)/m-q4_k_m.gguf"))
        #expect(try locator.locate("org/model:q8_0") == .gguf("\(snapshot)/m-Q8_0.gguf"))
        #expect(try locator.locate("org/model:F16") == .gguf("\(snapshot)/big/m-F16-00001-of-00002.gguf"))
        #expect(try locator.locate("org/model:m-Q8_0.gguf") == .gguf("\(snapshot)/m-Q8_0.gguf"))
        expectError(.notFound, "org/model:Q2_K", "has F16, Q8_0, Q4_K_M", "zonda pull") {
            _ = try locator.locate("org/model:Q2_K")
        }
        let offline = ModelLocator(environment: ["HF_HOME": folder.path, "HF_HUB_OFFLINE": "1"])
        expectError(.notFound, "HF_HUB_OFFLINE is set", "unset it") { _ = try offline.locate("other/model") }
    }

    @Test func nothingLeadsOutOfTheCache() throws {
        let (folder, _, locator) = try cache(["config.json"])
        for wrong in ["../x", "/etc/passwd", "a//b", ".", "a/..", ""] {
            expectError(.badRequest) { _ = try locator.locate(file: wrong, in: "org/model") }
            expectError(.badRequest) { _ = try locator.locate("org/model", revision: wrong) }
        }
        try folder.write("hub/models--org--model/refs/main", "../../../etc")
        expectError(.badRequest, "../../../etc") { _ = try locator.locate("org/model") }
    }

    @Test func validatesHubIDs() throws {
        #expect(
            try HubID("mistralai/Mistral-7B-Instruct-v0.1").cacheFolder == "models--mistralai--Mistral-7B-Instruct-v0.1"
        )
        #expect(try HubID("gpt2").cacheFolder == "models--gpt2")
        let long = String(repeating: "a", count: 97)
        for wrong in ["", "/", "a/", "/a", "a/b/c", "a--b", "a..b", "-a", "a.", "a b", "é/x", "../x", "a/b.git", long] {
            expectError(.badRequest, "not a hub id") { _ = try HubID(wrong) }
        }
    }
}
