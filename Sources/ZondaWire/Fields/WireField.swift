import Zonda

/// A member of a request's JSON: its name, which values it takes, and what is done with it.
///
/// These tables are the one place that says what requests may hold: bodies are checked against them before they are
/// read, and documents are made from them.
public struct WireField: Sendable {
    public var name: String
    public var kind: Kind
    public var isRequired = false
    public var support = Support.used
    /// One sentence for documents.
    public var summary: String

    /// Which values a member takes. `null` stands for an absent member everywhere.
    public indirect enum Kind: Sendable {
        case boolean
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case string
        case oneOf([String])
        case list(Kind, count: ClosedRange<Int>)
        /// An object with these members and no others.
        case object([WireField])
        /// An object with any members.
        case map
        case anything
        case either([Kind])
    }

    public enum Support: Sendable, Equatable {
        case used
        /// Taken from clients that send it, and without effect on the answer.
        case passedOver
        /// An error that says what to do instead.
        case refused(remedy: String)
    }

    static func used(_ name: String, _ kind: Kind, _ summary: String) -> WireField {
        WireField(name: name, kind: kind, summary: summary)
    }

    static func required(_ name: String, _ kind: Kind, _ summary: String) -> WireField {
        WireField(name: name, kind: kind, isRequired: true, summary: summary)
    }

    static func passedOver(_ name: String, _ kind: Kind = .anything, _ summary: String = "Without effect.") -> WireField
    {
        WireField(name: name, kind: kind, support: .passedOver, summary: summary)
    }

    static func refused(_ name: String, _ remedy: String) -> WireField {
        WireField(
            name: name, kind: .anything, support: .refused(remedy: remedy), summary: "Not supported: \(remedy).")
    }
}

/// How much a request may hold; anything above is a mistake or an attack. The body's size bounds the rest.
enum WireCaps {
    static let messages = 10_000
    static let parts = 10_000
    static let tools = ToolLimits.maxCount
    static let toolCalls = 1024
    static let stopStrings = 64
    static let prompts = 2048
    static let tokens = 1 << 20
    static let choices = 128
    /// As many as the samplers report.
    static let logprobs = 20
    static let biasedTokens = 4096
}
