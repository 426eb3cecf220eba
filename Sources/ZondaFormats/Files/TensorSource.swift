public import OrderedCollections
public import ZondaCore

/// Where a model's tensors are: a GGUF model or a folder of safetensors.
public protocol TensorSource: Sendable {
    /// The file or folder that was opened.
    var path: String { get }
    /// By name, in the order of the files.
    var tensors: OrderedDictionary<String, TensorInfo> { get }
}

extension TensorSource {
    /// The tensor called `name`.
    ///
    /// - Throws: `badTensor` when there is none.
    public func tensor(_ name: String) throws(ZondaError) -> TensorInfo {
        guard let tensor = tensors[name] else {
            throw ZondaError(
                .badTensor, "\(path): tensor \(name) is missing; there are \(tensors.count) others",
                remedy: "the file does not belong to this architecture, or is incomplete; fetch it again",
                facts: ["tensor": name])
        }
        return tensor
    }

    /// Bytes of all tensors together.
    public var byteCount: Int { tensors.values.reduce(0) { $0 + $1.byteCount } }
}
