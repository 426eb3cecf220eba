import OrderedCollections
public import ZondaCore

/// Where a model's files are.
public enum ModelLocation: Sendable, Hashable {
    /// A folder with `config.json` and weights in safetensors.
    case folder(String)
    /// A GGUF file, or one part of a split one.
    case gguf(String)

    public var path: String {
        switch self {
        case .folder(let path), .gguf(let path): path
        }
    }

    /// Maps the weights and reads their headers.
    public func openTensors() throws(ZondaError) -> any TensorSource {
        switch self {
        case .folder(let path): try SafetensorsModel(path: path)
        case .gguf(let path): try GGUFModel(path: path)
        }
    }

    /// The first file that the model needs and that is not there, such as a shard whose download has not ended.
    public var missingFile: String? {
        switch self {
        case .folder(let folder):
            if !FileSystem.isFile("\(folder)/config.json") { return "\(folder)/config.json" }
            let single = "\(folder)/model.safetensors"
            if FileSystem.isFile(single) { return nil }
            let path = "\(folder)/model.safetensors.index.json"
            guard let bytes = FileSystem.bytes(of: path, cap: SafetensorsIndex.maxByteCount) else { return single }
            guard let index = try? SafetensorsIndex(parsing: bytes.span, name: path) else { return path }
            return index.shards.keys.map { "\(folder)/\($0)" }.first { !FileSystem.isFile($0) }
        case .gguf(let path):
            guard FileSystem.isFile(path) else { return path }
            guard let name = GGUFName(path), name.partCount > 1, let slash = path.lastIndex(of: "/") else { return nil }
            let folder = String(path[..<slash])
            let all = GGUFGroup.all(among: FileSystem.names(in: folder).map { "\(folder)/\($0)" })
            let there = all.first { $0.parts.contains(name) }?.parts.map(\.part) ?? []
            let missing = (1...name.partCount).first { !there.contains($0) }
            return missing.map { "\(name.model) (part \($0) of \(name.partCount))" }
        }
    }
}
