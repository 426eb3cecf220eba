public import ZondaCore

/// A family of models: under which names files call it, and how it describes itself from a configuration.
///
/// ```swift
/// let architecture = try Architecture.named(hub: "Qwen3ForCausalLM")
/// let description = try architecture.describe(facts)
/// ```
public struct Architecture: Sendable {
    /// How a person names it: `qwen3`.
    public let name: String
    /// The entries of `architectures` in config.json that mean this family.
    public let hubNames: [String]
    /// The values of `general.architecture` in GGUF that mean this family.
    public let ggufNames: [String]
    /// Names within a layer that this family's GGUF files use otherwise than the others.
    public let ggufExceptions: [String: String]
    public let describe: @Sendable (ModelFacts) throws(ZondaError) -> DecoderDescription

    public init(
        _ name: String, hub: [String], gguf: [String] = [], ggufExceptions: [String: String] = [:],
        describe: @escaping @Sendable (ModelFacts) throws(ZondaError) -> DecoderDescription
    ) {
        self.name = name
        hubNames = hub
        ggufNames = gguf
        self.ggufExceptions = ggufExceptions
        self.describe = describe
    }
}

extension Architecture {
    /// Every family that Zonda has.
    public static let all: [Architecture] = [
        llama, qwen2, qwen3,
    ]

    /// The family that a config.json's `architectures` entry means.
    ///
    /// - Throws: `unsupported`, listing what there is.
    public static func named(hub name: String) throws(ZondaError) -> Architecture {
        try find(name) { $0.hubNames.contains(name) }
    }

    /// The family that a GGUF file's `general.architecture` means.
    public static func named(gguf name: String) throws(ZondaError) -> Architecture {
        try find(name) { $0.ggufNames.contains(name) }
    }

    /// The family that a person means by `name`: `qwen3`.
    public static func named(_ name: String) throws(ZondaError) -> Architecture {
        try find(name) { $0.name == name.lowercased() }
    }

    private static func find(
        _ name: String, _ matches: (Architecture) -> Bool
    ) throws(ZondaError) -> Architecture {
        if let match = all.first(where: matches) { return match }
        throw ZondaError(
            .unsupported, "architecture \(name) is not supported",
            remedy: "use a model of one of: \(all.map(\.name).joined(separator: ", "))", facts: ["architecture": name])
    }
}
