import FoundationEssentials
import OrderedCollections
public import ZondaFormats

/// The answer of `/v1/embeddings`.
public struct EmbeddingWriter: Sendable {
    private let model: String
    private let format: EmbeddingBody.Format

    public init(model: String, format: EmbeddingBody.Format) {
        self.model = model
        self.format = format
    }

    /// - Parameters:
    ///   - vectors: one for each input, in order.
    ///   - promptTokens: of all inputs.
    public func write(_ vectors: [[Float]], promptTokens: Int) -> JSONValue {
        let data = vectors.enumerated().map { index, vector in
            JSONValue.object(["object": "embedding", "index": .integer(index), "embedding": json(vector)])
        }
        let tokens = JSONValue.integer(promptTokens)
        return .object([
            "object": "list", "data": .array(data), "model": .string(model),
            "usage": .object(["prompt_tokens": tokens, "total_tokens": tokens]),
        ])
    }

    private func json(_ vector: [Float]) -> JSONValue {
        switch format {
        case .float: return .array(vector.map { .float($0) })
        case .base64:
            var bytes = Data(capacity: vector.count * 4)
            for value in vector { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
            return .string(bytes.base64EncodedString())
        }
    }
}
