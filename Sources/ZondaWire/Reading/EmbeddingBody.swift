public import Zonda
public import ZondaCore
public import ZondaFormats

/// The body of `POST /v1/embeddings`.
///
/// Source: OpenAI's API reference, "Embeddings".
public struct EmbeddingBody: Sendable {
    public var model: String
    public var inputs: [WirePrompt]
    public var format: Format
    /// How long vectors are to be, where the request says so.
    public var dimensions: Int?

    public enum Format: String, Sendable {
        case float
        /// Little-endian float32, as base64.
        case base64
    }

    /// - Throws: `badRequest` whose fact `param` names the member that is wrong.
    public init(_ body: JSONValue) throws(ZondaError) {
        try WireField.check(body, against: WireField.embeddings)
        model = body["model"]?.string ?? "default"
        inputs = WirePrompt.list(body["input"])
        format = body["encoding_format"]?.string.flatMap(Format.init) ?? .float
        dimensions = body["dimensions"]?.integer
        for (index, input) in inputs.enumerated() where input == .text("") {
            throw .member(inputs.count == 1 ? "input" : "input[\(index)]", "is empty", remedy: "leave it out")
        }
    }

    /// - Throws: `badRequest` when vectors of another length were asked for than the model has.
    public func checkDimensions(_ count: Int) throws(ZondaError) {
        if let dimensions, dimensions != count {
            throw .member("dimensions", "is \(dimensions)", remedy: "the model has \(count); leave it out")
        }
    }
}
