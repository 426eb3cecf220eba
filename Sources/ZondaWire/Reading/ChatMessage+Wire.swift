import Zonda
import ZondaCore
import ZondaFormats

extension ChatMessage {
    /// The checked `messages` of a request.
    static func list(_ messages: JSONValue?) throws(ZondaError) -> [ChatMessage] {
        var list: [ChatMessage] = []
        for (index, message) in (messages?.array ?? []).enumerated() {
            list.append(try ChatMessage(wire: message, at: "messages[\(index)]"))
        }
        return list
    }

    private init(wire message: JSONValue, at path: String) throws(ZondaError) {
        var role = message["role"]?.string ?? ""
        // OpenAI's newer name of the same; templates know the older one.
        if role == "developer" { role = "system" }
        let calls = (message["tool_calls"]?.array ?? []).map { call in
            ToolCall(
                id: call["id"]?.string ?? "", name: call["function"]?["name"]?.string ?? "",
                arguments: call["function"]?["arguments"]?.string ?? "")
        }
        guard calls.isEmpty || role == "assistant" else {
            throw .member("\(path).tool_calls", "is in a message of role \(role)", remedy: "only assistants call")
        }
        let content = message["content"]?.joinedText
        if content == nil, calls.isEmpty {
            throw .member(
                "\(path).content", "is missing", remedy: "send a string, or text parts",
                code: "missing_required_parameter")
        }
        let reasoning = message["reasoning_content"]?.string ?? message["reasoning"]?.string
        self.init(role: role, content: content ?? "", reasoning: reasoning, toolCalls: calls)
        if let name = message["name"]?.string { fields["name"] = .string(name) }
        if let id = message["tool_call_id"]?.string { fields["tool_call_id"] = .string(id) }
        if role == "tool", fields["tool_call_id"] == nil {
            throw .member(
                "\(path).tool_call_id", "is missing", remedy: "send the id of the call that this answers",
                code: "missing_required_parameter")
        }
    }
}

extension JSONValue {
    /// The text of a string, or of parts with a line each; nil for neither.
    var joinedText: String? {
        if let string { return string }
        return array?.compactMap { $0["text"]?.string }.joined(separator: "\n")
    }
}
