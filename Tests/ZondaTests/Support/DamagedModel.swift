import Foundation
import TestSupport
import Testing

/// A copy of a golden model with something wrong in it.
struct DamagedModel {
    let folder: TemporaryFolder
    /// The folder, or the file of a GGUF model.
    let path: String

    /// A tiny folder; `config` and `weights` replace text in config.json and, at equal length, in the weights' header.
    init(
        _ name: String = "llama", config: [String: String] = [:], weights: [String: String] = [:],
        without missing: String? = nil
    ) throws {
        folder = try TemporaryFolder()
        path = folder.path
        let source = URL(filePath: Golden.path("models/\(name)"))
        for file in try FileManager.default.contentsOfDirectory(at: source, includingPropertiesForKeys: nil)
        where file.lastPathComponent != missing && file.lastPathComponent != "expected.safetensors" {
            var bytes = try Data(contentsOf: file)
            let changes = file.pathExtension == "safetensors" ? weights : file.pathExtension == "json" ? config : [:]
            for (old, new) in changes where !(file.lastPathComponent == "generation_config.json") {
                let range = try #require(bytes.range(of: Data(old.utf8)), "\(file.path) has no \(old)")
                bytes.replaceSubrange(range, with: Data(new.utf8))
            }
            try folder.write(file.lastPathComponent, Array(bytes))
        }
    }

    /// A tiny GGUF file with its bytes changed.
    init(gguf name: String, _ change: (inout [UInt8]) throws -> Void) throws {
        folder = try TemporaryFolder()
        var bytes = Array(try Data(contentsOf: URL(filePath: Golden.path("gguf/\(name).gguf"))))
        try change(&bytes)
        path = try folder.write("model.gguf", bytes)
    }
}
