import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats

/// One call from Python: what is asked for, of which runner.
struct Call {
    private let method: String
    private let runnerHandle: Int?
    private let body: JSONValue?

    /// Reads `{"method", "runner", "body"}`.
    init(parsing bytes: UnsafeRawPointer?, _ count: Int64) throws(ZondaError) {
        let text = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : max(0, Int(count)))
        let value = try JSONValue(parsing: String(decoding: text, as: UTF8.self), name: "the call")
        let members = try Arguments(value, name: "the call", keys: ["method", "runner", "body"])
        method = try members.string("method")
        runnerHandle = try members.optionalInteger("runner")
        body = members.value("body")
    }

    /// What is answered at once.
    func answer() throws(ZondaError) -> JSONValue {
        switch method {
        case "version": return .object(["version": .string(zondaVersion)])
        case "handles":
            return .object([
                "runners": .integer(Handles.runners.count), "requests": .integer(Handles.requests.count),
                "buffers": .integer(Handles.floats.count),
            ])
        case "tokenize":
            let arguments = try Arguments(body, name: method, keys: ["text", "add_special_tokens"])
            let tokens = try runner().tokenize(
                try arguments.string("text"),
                addSpecialTokens: try arguments.optionalBool("add_special_tokens") ?? true)
            return .array(tokens.map { .integer(Int($0)) })
        case "detokenize":
            let arguments = try Arguments(body, name: method, keys: ["tokens", "skip_special_tokens"])
            return .string(
                try runner().detokenize(
                    try arguments.tokens("tokens"),
                    skipSpecialTokens: try arguments.optionalBool("skip_special_tokens") ?? true))
        default: throw unknownMethod
        }
    }

    /// What takes time.
    func start() throws(ZondaError) -> Request {
        switch method {
        case "load": return try LoadedRunner.load(body)
        case "chat": return try runner().chat(body)
        case "completion": return try runner().completion(body)
        case "embeddings": return try runner().embeddings(body)
        case "logits": return try runner().logits(body)
        default: throw unknownMethod
        }
    }

    private func runner() throws(ZondaError) -> Runner {
        guard let runnerHandle else {
            throw ZondaError(.badRequest, "\(method) needs a runner", remedy: "name one")
        }
        return try Handles.runners.object(Int64(runnerHandle)).runner
    }

    private var unknownMethod: ZondaError {
        ZondaError(
            .badRequest, "there is no method \"\(method)\"",
            remedy: "use the Python files that came with the library", facts: ["method": method])
    }
}
