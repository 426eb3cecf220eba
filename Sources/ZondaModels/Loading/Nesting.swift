import OrderedCollections
import ZondaFormats

/// Where a text model's tensors are in a checkpoint of the hub: at the root, or within a multimodal model.
struct Nesting: Sendable, Equatable {
    /// What stands in the file for the `model.` of a text model's names.
    private let model: String
    /// What stands in the file before other names.
    private let root: String

    static let none = Nesting(model: "model.", root: "")

    /// As checkpoints are written, as newer transformers write them, and a base model without its head.
    private static let known = [
        none, Nesting(model: "language_model.model.", root: "language_model."),
        Nesting(model: "model.language_model.", root: ""), Nesting(model: "", root: ""),
    ]

    /// The tensors of the other side, which a text model does not read.
    private static let ignoredPrefixes = [
        "vision_tower.", "multi_modal_projector.", "model.vision_tower.", "model.multi_modal_projector.",
    ]

    private init(model: String, root: String) {
        self.model = model
        self.root = root
    }

    /// Found by where the embedding is.
    init(_ source: any TensorSource) {
        let embedding = "model.embed_tokens.weight"
        self = Self.known.first { source.tensors[$0.apply(embedding)] != nil } ?? .none
    }

    /// The name in the file.
    func apply(_ name: String) -> String {
        name.hasPrefix("model.") ? model + name.dropFirst("model.".count) : root + name
    }

    func ignores(_ name: String) -> Bool {
        self != .none && Self.ignoredPrefixes.contains { name.hasPrefix($0) }
    }
}
