import OrderedCollections
import ZondaFormats

/// How a family of models writes tool calls.
///
/// Sources: the families' chat templates, which show it for calls in the history, and what their model cards say.
struct ToolFormat: Sendable, Hashable {
    /// What begins a call, or a list of calls; empty where a call is the whole answer.
    var opening: String
    /// Other beginnings that models of the family use.
    var otherOpenings: [String] = []
    /// What stands before a name, between it and the arguments, and after those.
    var beforeName: String
    var beforeArguments: String
    var afterArguments: String
    /// What ends what `opening` began; models forget it at the end of an answer.
    var closing = ""
    /// Between calls.
    var separator: String
    /// Whether one opening is for all calls, in the brackets of a list.
    var isList = false
    /// Whether the family was trained to make several calls in one answer.
    var allowsSeveral = true
    var syntax = Syntax.json

    /// How arguments are written.
    enum Syntax: Sendable {
        case json
        /// Each in tags of its own.
        case tags
    }

    /// Hermes (NousResearch), Qwen 2.5 and 3, Granite 4, SmolLM3, and whatever does not say: JSON between tags.
    static let hermes = ToolFormat(
        opening: "<tool_call>", beforeName: "\n{\"name\": \"", beforeArguments: "\", \"arguments\": ",
        afterArguments: "}\n", closing: "</tool_call>", separator: "\n")

    /// Llama 3.1 to 3.3: the answer is one JSON object, of which the arguments are the `parameters`.
    static let llama3 = ToolFormat(
        opening: "", otherOpenings: ["<|python_tag|>"], beforeName: "{\"name\": \"",
        beforeArguments: "\", \"parameters\": ", afterArguments: "}", separator: "; ", allowsSeveral: false)

    /// Mistral 7B v0.3, Nemo and their time: a list.
    static let mistralList = list(opening: "[TOOL_CALLS]")

    /// Mistral Small 3.2 and later, Devstral, Ministral: names without quotes.
    static let mistralNamed = ToolFormat(
        opening: "[TOOL_CALLS]", beforeName: "", beforeArguments: CallReader.argumentsMarker, afterArguments: "",
        separator: "")

    /// Granite 3.
    static let granite3 = list(opening: "<|tool_call|>", otherOpenings: ["<tool_call>"])

    /// Phi-4-mini.
    static let phi4 = list(opening: "<|tool_call|>", closing: "<|/tool_call|>")

    /// Jamba, Apriel.
    static let tagList = list(opening: "<tool_calls>", closing: "</tool_calls>")

    /// Qwen3-Coder and Qwen 3.5: arguments in tags, strings among them without quotes.
    static let qwenTags = ToolFormat(
        opening: "<tool_call>", beforeName: "\n\(TagCallReader.function)", beforeArguments: ">\n",
        afterArguments: "\(TagCallReader.functionEnd)\n", closing: "</tool_call>", separator: "\n", syntax: .tags)

    private static func list(opening: String, otherOpenings: [String] = [], closing: String = "") -> ToolFormat {
        ToolFormat(
            opening: opening, otherOpenings: otherOpenings, beforeName: "{\"name\": \"",
            beforeArguments: "\", \"arguments\": ", afterArguments: "}", closing: closing, separator: ", ",
            isList: true)
    }

    /// The format that a chat template was written for.
    ///
    /// - Parameter template: its source. One that shows no format gets that of Hermes.
    init(template: String) {
        let mentions = { (text: String) in template.contains(text) }
        self =
            if mentions("[TOOL_CALLS]") {
                mentions("[ARGS]") ? .mistralNamed : .mistralList
            } else if mentions("<|/tool_call|>") || mentions("<|/tool|>") {
                .phi4
            } else if mentions("<|tool_call|>") {
                .granite3
            } else if mentions("<tool_calls>") {
                .tagList
            } else if mentions(TagCallReader.function), mentions(TagCallReader.parameter) {
                .qwenTags
            } else if mentions("<tool_call>") {
                .hermes
            } else if mentions("<|python_tag|>") || mentions("{\"name\": function name, \"parameters\"") {
                .llama3
            } else {
                .hermes
            }
    }

    private init(
        opening: String, otherOpenings: [String] = [], beforeName: String, beforeArguments: String,
        afterArguments: String, closing: String = "", separator: String, isList: Bool = false,
        allowsSeveral: Bool = true, syntax: Syntax = .json
    ) {
        self.syntax = syntax
        self.opening = opening
        self.otherOpenings = otherOpenings
        self.beforeName = beforeName
        self.beforeArguments = beforeArguments
        self.afterArguments = afterArguments
        self.closing = closing
        self.separator = separator
        self.isList = isList
        self.allowsSeveral = allowsSeveral
    }

    /// What a reader looks for in free text.
    var openings: [String] { (opening.isEmpty ? [] : [opening]) + otherOpenings }

    /// Texts that may be special tokens, and must not be left out of what a reader sees.
    var markers: [String] {
        openings + [closing, CallReader.argumentsMarker, CallReader.identifierMarker].filter { !$0.isEmpty }
    }

    /// Calls as the model would have written them, for templates that know of none.
    func text(of calls: [ToolCall]) -> String {
        let texts = calls.map { beforeName + $0.name + beforeArguments + text(of: $0.arguments) + afterArguments }
        if isList { return opening + "[" + texts.joined(separator: separator) + "]" + closing }
        return texts.map { opening + $0 + closing }.joined(separator: separator)
    }

    private func text(of arguments: String) -> String {
        guard syntax == .tags, let members = try? JSONValue(parsing: arguments, name: "arguments").object else {
            return arguments
        }
        return members.map { key, value in
            "\(TagCallReader.parameter)\(key)>\n\(value.string ?? value.text)\n\(TagCallReader.parameterEnd)\n"
        }.joined()
    }
}
