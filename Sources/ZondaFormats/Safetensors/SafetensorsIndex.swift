public import OrderedCollections
public import ZondaCore

/// Which shard holds which tensor: `model.safetensors.index.json`.
public struct SafetensorsIndex: Sendable {
    /// The tensors of each shard, shards in the order in which they are first named.
    public let shards: OrderedDictionary<String, Set<String>>

    /// The largest published models have a few hundred.
    public static let maxShards = 9_999
    /// Of the file: the largest published ones have some 10 MB.
    public static let maxByteCount = 64 << 20

    /// - Throws: `badFile` when it is not JSON, has no `weight_map`, or names a file outside the folder.
    public init(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) {
        func failure(_ problem: String) -> ZondaError {
            ZondaError(.badFile, "\(name): \(problem)", remedy: "fetch the index again")
        }
        let index = try JSONValue(parsing: bytes, name: name, maxDepth: 8)
        guard let map = index["weight_map"]?.object else { throw failure("weight_map, an object, is missing") }
        var shards: OrderedDictionary<String, Set<String>> = [:]
        for (tensor, value) in map {
            guard let shard = value.string else {
                throw failure("tensor \(tensor) is mapped to \(value.kind), not to a file's name")
            }
            guard Self.isPlainName(shard) else {
                throw failure(
                    "tensor \(tensor) is mapped to \"\(shard)\", which is not a .safetensors file of this folder")
            }
            shards[shard, default: []].insert(tensor)
        }
        guard !shards.isEmpty else { throw failure("weight_map is empty") }
        guard shards.count <= Self.maxShards else {
            throw failure("\(shards.count) shards, above the cap of \(Self.maxShards)")
        }
        self.shards = shards
    }

    /// A name without folders: an index must not reach outside its own folder.
    private static func isPlainName(_ shard: String) -> Bool {
        shard.hasSuffix(".safetensors")
            && !shard.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }
    }
}
