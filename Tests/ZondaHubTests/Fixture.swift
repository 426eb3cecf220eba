import Foundation
import Synchronization
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaHub

/// A hub, a cache, and a client between them that does not wait long.
final class Fixture {
    let hub: FakeHub
    let folder: TemporaryFolder
    let reference: ModelReference
    var environment: [String: String]
    var options = HubOptions()

    static let name = "org/model"

    init(_ files: [String: FakeHub.File] = Fixture.safetensorsModel, name: String = name) async throws {
        hub = try await FakeHub.start([name: FakeHub.Repository(files: files)])
        folder = try TemporaryFolder()
        reference = try ModelReference(name)
        environment = ["HF_HOME": folder.path, "HF_ENDPOINT": hub.endpoint]
        options.firstDelay = .milliseconds(1)
        options.maxDelay = .milliseconds(20)
        options.idleTimeout = .seconds(5)
        options.rangeByteCount = 256 << 10
    }

    var client: HubClient { HubClient(HubEnvironment(environment: environment), options: options) }
    var cache: HubCache { HubCache(HubEnvironment(environment: environment)) }
    var modelFolder: String { "\(folder.path)/hub/models--org--model" }
    var snapshot: String { "\(modelFolder)/snapshots/\(FakeHub.commit)" }

    @discardableResult
    func pull(_ choice: String = "", revision: String? = nil) async throws -> PulledModel {
        try await client.pull(try ModelReference("\(reference)\(choice)"), revision: revision)
    }

    /// Expects a pull to fail with `code` and a text that has every one of `words`.
    func expectPull(
        _ choice: String = "", revision: String? = nil, fails code: ZondaError.Code, _ words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await expectError(code, words, sourceLocation: sourceLocation) {
            _ = try await pull(choice, revision: revision)
        }
    }

    /// The bytes of a file as a reader of the cache finds them.
    func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(snapshot)/\(path)")))
    }

    func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(modelFolder)/\(path)")) ?? []).sorted()
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Bytes that no two pieces of have in common.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    static func small(_ text: String) -> FakeHub.File { FakeHub.File(bytes: Array(text.utf8), isLarge: false) }
    static func large(_ count: Int, seed: UInt64 = 1) -> FakeHub.File {
        FakeHub.File(bytes: noise(count, seed: seed), isLarge: true)
    }

    static let weights = large(2_000_000)

    static let safetensorsModel: [String: FakeHub.File] = [
        "config.json": small(#"{"architectures": ["X"]}"#), "tokenizer.json": small("{}"),
        "tokenizer_config.json": small(#"{"a": 1}"#), "model.safetensors": weights,
        "pytorch_model.bin": large(1000, seed: 2), "consolidated.safetensors": large(1000, seed: 3),
        "onnx/model.onnx": large(1000, seed: 4), "README.md": small("# Model"), "tokenizer.model": small("x"),
    ]

    static let ggufModels: [String: FakeHub.File] = [
        "m-Q8_0.gguf": large(5000, seed: 5), "m-q4_k_m.gguf": large(4000, seed: 6),
        "big/m-F16-00001-of-00002.gguf": large(700_000, seed: 7),
        "big/m-F16-00002-of-00002.gguf": large(600_000, seed: 8),
        "mmproj-model-f16.gguf": large(100, seed: 9), "README.md": small("x"),
    ]
}

/// What a callback was called with.
final class Collected<Value: Sendable>: Sendable {
    private let held = Mutex<[Value]>([])
    var values: [Value] { held.withLock { $0 } }
    func append(_ value: Value) { held.withLock { $0.append(value) } }
}
