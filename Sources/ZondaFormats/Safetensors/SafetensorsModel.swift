import Glibc
public import OrderedCollections
public import ZondaCore

/// A model in safetensors: one file, or a folder with one file or with shards and an index.
///
/// In a folder `model.safetensors` is read when it is there, else `model.safetensors.index.json` and the shards that it
/// names, as transformers does.
public struct SafetensorsModel: TensorSource {
    public let path: String
    public let tensors: OrderedDictionary<String, TensorInfo>
    /// The files' paths, in the order of the index.
    public let files: [String]

    /// Opens the `.safetensors` file or the folder at `path`.
    ///
    /// - Throws: `notFound` for a folder without weights and for a missing shard, `badFile` when index and shards do not
    ///   agree; see `SafetensorsFile` and `MappedFile` for the rest.
    public init(path: String) throws(ZondaError) {
        self.path = path
        let single = "\(path)/model.safetensors"
        let index = "\(path)/model.safetensors.index.json"
        if path.hasSuffix(".safetensors") {
            files = [path]
            tensors = try Self.open(path)
        } else if access(single, F_OK) == 0 {
            files = [single]
            tensors = try Self.open(single)
        } else if access(index, F_OK) == 0 {
            let file = try MappedFile(index)
            let parsed = try SafetensorsIndex(parsing: Span(_bytes: try file.bytes()), name: index)
            files = parsed.shards.keys.map { "\(path)/\($0)" }
            tensors = try Self.open(parsed, folder: path, index: index)
        } else {
            throw ZondaError(
                .notFound, "\(path): neither model.safetensors nor model.safetensors.index.json is there",
                remedy: "name a folder with a model's weights in safetensors, or a .safetensors or .gguf file")
        }
    }

    private static func open(_ path: String) throws(ZondaError) -> OrderedDictionary<String, TensorInfo> {
        let file = try MappedFile(path)
        let header = try SafetensorsFile(parsing: try file.bytes(), name: path)
        return header.tensors.mapValues {
            TensorInfo(
                name: $0.name, shape: $0.shape, storedType: $0.type, file: file, offset: $0.offset,
                byteCount: $0.byteCount)
        }
    }

    private static func open(
        _ index: SafetensorsIndex, folder: String, index path: String
    ) throws(ZondaError) -> OrderedDictionary<String, TensorInfo> {
        var all: OrderedDictionary<String, TensorInfo> = [:]
        for (shard, names) in index.shards {
            let tensors = try open("\(folder)/\(shard)")
            func failure(_ problem: String) -> ZondaError {
                ZondaError(.badFile, "\(path): \(problem)", remedy: "index and shards differ; fetch all of them again")
            }
            if let missing = names.first(where: { tensors[$0] == nil }) {
                throw failure("tensor \(missing) is not in \(shard), where the index has it")
            }
            for (name, tensor) in tensors {
                guard names.contains(name) else {
                    throw failure("tensor \(name) is in \(shard), and the index does not have it there")
                }
                all[name] = tensor
            }
        }
        return all
    }
}
