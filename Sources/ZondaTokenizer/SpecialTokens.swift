public import ZondaCore

/// The tokens that a model gives a role, where it has them.
public struct SpecialTokens: Sendable, Hashable {
    /// Begins a text.
    public var bos: TokenID?
    /// Ends a text.
    public var eos: TokenID?
    /// Ends a turn of a conversation.
    public var eot: TokenID?
    /// Ends a message that expects a tool's answer.
    public var eom: TokenID?
    public var unknown: TokenID?
    public var separator: TokenID?
    public var padding: TokenID?
    public var mask: TokenID?
    /// Fill in the middle: what comes before the gap follows.
    public var fimPrefix: TokenID?
    public var fimSuffix: TokenID?
    public var fimMiddle: TokenID?

    public init() {}
}
