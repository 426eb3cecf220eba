public import ZondaCore
public import ZondaFormats

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
    /// What a key counts as that config.json leaves out: the defaults of the family's configuration in transformers.
    public let defaults: [String: JSONValue]
    private let body: @Sendable (ModelFacts) throws(ZondaError) -> DecoderDescription

    public init(
        _ name: String, hub: [String], gguf: [String] = [], ggufExceptions: [String: String] = [:],
        defaults: [String: JSONValue] = [:],
        describe body: @escaping @Sendable (ModelFacts) throws(ZondaError) -> DecoderDescription
    ) {
        self.name = name
        hubNames = hub
        ggufNames = gguf
        self.ggufExceptions = ggufExceptions
        self.defaults = defaults
        self.body = body
    }

    /// The model that `facts` describe.
    ///
    /// - Throws: `badConfiguration` for a value that the family was not written for.
    public func describe(_ facts: ModelFacts) throws(ZondaError) -> DecoderDescription {
        facts.setDefaults(defaults)
        return try body(facts)
    }
}

extension Architecture {
    /// Every family that Zonda has, by name.
    public static let all: [Architecture] = [
        gemma, gemma2, gemma3, granite, llama, mistral, mixtral, olmo2, phi2, phi3, qwen2, qwen3, qwen3moe, smollm3,
        starcoder2,
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
