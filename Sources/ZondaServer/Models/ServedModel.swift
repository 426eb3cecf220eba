public import Zonda

/// A model that a server offers.
public struct ServedModel: Sendable {
    /// What requests call it.
    public var name: String
    public var load: @Sendable () async throws -> Runner

    public init(name: String, load: @escaping @Sendable () async throws -> Runner) {
        self.name = name
        self.load = load
    }
}
