import OrderedCollections
import ZondaCore
import ZondaFormats

/// What a chat template knows, as its source shows, and a conversation in the form that it expects.
struct TemplateDialect: Sendable {
    /// Whether `tools` mean something to it; else the system message tells of them.
    private let knowsTools: Bool
    private let knowsToolCalls: Bool
    private let knowsDevelopers: Bool
    /// Mistral's templates raise an exception on ids that are not nine letters and digits.
    private let wantsShortIDs: Bool
    /// Phi-4-mini's reads the functions from a field of the system message.
    private let wantsToolsInMessage: Bool
    /// Granite 3.0 has roles of its own.
    private let wantsToolResponses: Bool
    private let format: ToolFormat

    init(template: String, format: ToolFormat) {
        wantsToolsInMessage = template.contains("message['tools']") || template.contains("message.tools")
        knowsTools = template.contains("tools")
        knowsToolCalls = template.contains("tool_calls")
        knowsDevelopers = template.contains("developer")
        wantsShortIDs = template.contains("length != 9") || template.contains("length 9")
        wantsToolResponses = template.contains("'tool_response'") && !template.contains("'tool'")
        self.format = format
    }

    /// The messages as templates see them.
    func messages(_ request: ChatCompletionRequest) -> [JSONValue] {
        var messages = request.messages
        for index in messages.indices {
            switch messages[index].role {
            case "developer" where !knowsDevelopers: messages[index].role = "system"
            case "tool" where wantsToolResponses: messages[index].role = "tool_response"
            default: break
            }
        }
        let tools = request.toolChoice == .none ? [] : request.tools
        if !tools.isEmpty, !knowsTools || wantsToolsInMessage {
            if messages.first?.role != "system" { messages.insert(.system("You are a helpful assistant."), at: 0) }
            if wantsToolsInMessage {
                let functions = tools.map { $0["function"] ?? $0 }
                messages[0].fields["tools"] = .string(JSONValue.array(functions).text)
            } else {
                messages[0].content += Self.explanation(of: tools, format)
            }
        }
        return messages.map(json)
    }

    private func json(_ message: ChatMessage) -> JSONValue {
        var content = message.content
        var members: OrderedDictionary<String, JSONValue> = ["role": .string(message.role)]
        if !message.toolCalls.isEmpty {
            if knowsToolCalls {
                members["tool_calls"] = .array(message.toolCalls.map(json))
            } else {
                content += (content.isEmpty ? "" : "\n") + format.text(of: message.toolCalls)
            }
        }
        members.updateValue(.string(content), forKey: "content", insertingAt: 1)
        if let reasoning = message.reasoning { members["reasoning_content"] = .string(reasoning) }
        for (key, value) in message.fields.sorted(by: { $0.key < $1.key }) { members[key] = value }
        if wantsShortIDs, let id = members["tool_call_id"]?.string {
            members["tool_call_id"] = .string(Self.shortID(id))
        }
        return .object(members)
    }

    /// Most templates write the arguments as JSON themselves, and would quote a text.
    private func json(_ call: ToolCall) -> JSONValue {
        let parsed = try? JSONValue(parsing: call.arguments, name: "arguments")
        return .object([
            "id": .string(wantsShortIDs ? Self.shortID(call.id) : call.id),
            "type": .string("function"),
            "function": .object([
                "name": .string(call.name),
                "arguments": parsed?.object == nil ? .string(call.arguments) : parsed ?? .null,
            ]),
        ])
    }

    /// Nine letters and digits that stand for an id, the same each time (FNV-1a).
    static func shortID(_ id: String) -> String {
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        if id.count == 9, id.allSatisfy(letters.contains) { return id }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var short = ""
        for _ in 0..<9 {
            short.append(letters[Int(hash % UInt64(letters.count))])
            hash /= UInt64(letters.count)
        }
        return short
    }

    /// What a model is told whose template has no place for tools.
    private static func explanation(of tools: [JSONValue], _ format: ToolFormat) -> String {
        let example = format.text(of: [
            ToolCall(id: "", name: "<function-name>", arguments: "<arguments as a JSON object>")
        ])
        return """


            # Tools

            You may call one or more functions to assist with the user query.

            You are provided with function signatures within <tools></tools> XML tags:
            <tools>
            \(tools.map(\.text).joined(separator: "\n"))
            </tools>

            To call a function, write exactly this:
            \(example)
            """
    }
}
