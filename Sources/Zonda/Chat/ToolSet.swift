import OrderedCollections
import ZondaCore
import ZondaFormats

/// A function that a model may call.
struct ToolFunction: Sendable, Hashable {
    var name: String
    /// A JSON schema of its arguments; nil for none.
    var parameters: JSONValue?
    /// Whether the arguments must satisfy the schema.
    var isStrict: Bool
}

/// The functions of a request, checked, and which of them an answer must call.
struct ToolSet: Sendable, Hashable {
    var functions: [ToolFunction] = []
    /// Whether the answer is calls and nothing else.
    var isForced = false
    /// Whether there may be more than one.
    var allowsSeveral = true

    /// None.
    init() {}

    /// The functions that an answer to `request` may call; empty when it may call none.
    ///
    /// - Throws: `badRequest` for a tool that is no function, or a choice of one that there is not.
    init(_ request: ChatCompletionRequest) throws(ZondaError) {
        guard request.tools.count <= ToolLimits.maxCount else {
            throw ZondaError(
                .badRequest, "there are \(request.tools.count) tools", remedy: "send at most \(ToolLimits.maxCount)",
                facts: ["param": "tools", "code": "invalid_value"])
        }
        var functions: [ToolFunction] = []
        for (index, tool) in request.tools.enumerated() {
            let function = try Self.function(tool, at: "tools[\(index)]")
            guard !functions.contains(where: { $0.name == function.name }) else {
                throw ZondaError(
                    .badRequest, "tools[\(index)] has the name \"\(function.name)\", as another one has",
                    remedy: "give each function a name of its own",
                    facts: ["param": "tools[\(index)]", "code": "invalid_value"])
            }
            functions.append(function)
        }
        allowsSeveral = request.allowsParallelToolCalls
        switch request.toolChoice {
        case .none: break
        case .auto: self.functions = functions
        case .required:
            guard !functions.isEmpty else {
                throw ZondaError(
                    .badRequest, "tool_choice is \"required\" and there are no tools", remedy: "send tools")
            }
            self.functions = functions
            isForced = true
        case .function(let name):
            guard let function = functions.first(where: { $0.name == name }) else {
                let names = functions.map(\.name).joined(separator: ", ")
                throw ZondaError(
                    .badRequest, "tool_choice names the function \"\(name)\", which is not among the tools",
                    remedy: names.isEmpty ? "send tools" : "there are: \(names)")
            }
            self.functions = [function]
            isForced = true
            allowsSeveral = false
        }
    }

    /// Of the functions' arguments, by name; null for none.
    var schemas: [String: JSONValue] {
        Dictionary(functions.map { ($0.name, $0.parameters ?? .null) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether calls must be held to a grammar once they have begun.
    var hasStrict: Bool { functions.contains(where: \.isStrict) }

    private static func function(_ tool: JSONValue, at path: String) throws(ZondaError) -> ToolFunction {
        guard tool["type"]?.string == "function", let function = tool["function"], case .object = function else {
            throw ZondaError(
                .badRequest, "\(path) is not a function",
                remedy: "send {\"type\": \"function\", \"function\": {\"name\": …, \"parameters\": {…}}}")
        }
        let name = function["name"]?.string ?? ""
        try ToolLimits.check(name: name, at: "\(path).function.name")
        let parameters = function["parameters"].flatMap { $0 == .null ? nil : $0 }
        if let parameters, parameters.object == nil {
            throw ZondaError(
                .badRequest, "\(path).function.parameters is \(parameters.kind)",
                remedy: "send a JSON schema, which is an object")
        }
        let strict = function["strict"] ?? .null
        guard strict == .null || strict.bool != nil else {
            throw ZondaError(.badRequest, "\(path).function.strict is \(strict.kind)", remedy: "send true or false")
        }
        return ToolFunction(name: name, parameters: parameters, isStrict: strict.bool ?? false)
    }
}
