public import ZondaFormats

/// A function that the model asks to have called.
public struct ToolCall: Sendable, Hashable {
    /// Names the call in the message that answers it: `call_1f0c…`.
    public var id: String
    public var name: String
    /// The arguments as JSON text, as the model wrote them.
    public var arguments: String

    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// A part of a tool call, as it is generated.
public struct ToolCallDelta: Sendable, Hashable {
    /// Which call of the choice it belongs to, from 0.
    public var index: Int
    /// In the first part of a call only, as is `name`.
    public var id: String?
    public var name: String?
    /// Text to append to the call's arguments.
    public var arguments: String

    public init(index: Int, id: String? = nil, name: String? = nil, arguments: String = "") {
        self.index = index
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// Whether the model calls functions.
public enum ToolChoice: Sendable, Hashable {
    /// As it likes.
    case auto
    /// Never: it is not told of them.
    case none
    /// It must call at least one.
    case required
    /// It must call this one.
    case function(String)
}

/// What the text of an answer must be; each token is chosen among those that can still lead there.
public enum OutputConstraint: Sendable, Hashable {
    /// Any JSON object.
    case jsonObject
    /// JSON that a schema (draft 2020-12) accepts.
    case jsonSchema(JSONValue)
    /// Text that a regular expression matches as a whole.
    case regex(String)
    /// Text that a grammar in GBNF, as llama.cpp writes it, derives from `root`.
    case grammar(String)
}
