public import ZondaCore
public import ZondaModels

/// Which model to run, and how much of it.
///
/// ```swift
/// .plain(modelID: "Qwen/Qwen3-0.6B")
/// .plain(modelID: "/models/mistral-7b", arch: .mistral).withMaxSeqLen(4096).withMaxBatchSize(2)
/// .gguf(quantizedModelID: "/models", quantizedFilename: "qwen2.5-0.5b-q4_k_m.gguf")
/// ```
public struct Which: Sendable {
    enum Kind: Sendable {
        case plain(modelID: String, arch: Architecture?)
        case gguf(tokModelID: String?, quantizedModelID: String, quantizedFilename: String)
        case synthetic(configuration: String, format: SyntheticFormat)
    }

    let kind: Kind

    var arch: Architecture? {
        if case .plain(_, let arch) = kind { arch } else { nil }
    }

    var maxSequenceLength: Int?
    var maxBatchSize: Int?

    /// A folder with safetensors, a `.gguf` file, or a model of the hub: `REPO`, `REPO:FILE.gguf` or `REPO:QUANT`.
    ///
    /// - Parameter arch: the family; nil to read it from the model.
    public static func plain(modelID: String, arch: Architecture? = nil) -> Which {
        Which(kind: .plain(modelID: modelID, arch: arch))
    }

    /// A GGUF file in a folder or in a hub repository.
    ///
    /// - Parameter tokModelID: a model whose tokenizer and chat template to use instead of the file's own.
    public static func gguf(
        tokModelID: String? = nil, quantizedModelID: String, quantizedFilename: String
    ) -> Which {
        Which(
            kind: .gguf(
                tokModelID: tokModelID, quantizedModelID: quantizedModelID, quantizedFilename: quantizedFilename))
    }

    /// A shape with random weights, for measuring without a file: it takes and gives tokens, no text.
    ///
    /// - Parameters:
    ///   - configuration: the path of a `config.json`.
    ///   - type: `Q4_K_M`, or the name of one type for all matrices.
    /// - Throws: `badRequest` for a type that there is not.
    public static func synthetic(configuration: String, type: String) throws(ZondaError) -> Which {
        Which(kind: .synthetic(configuration: configuration, format: try SyntheticFormat(type)))
    }

    /// Plans for sequences of at most `length` tokens, prompt and answer.
    public func withMaxSeqLen(_ length: Int) -> Which {
        var copy = self
        copy.maxSequenceLength = length
        return copy
    }

    /// Plans for at most `size` sequences at a time.
    public func withMaxBatchSize(_ size: Int) -> Which {
        var copy = self
        copy.maxBatchSize = size
        return copy
    }
}
