import Hummingbird
import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats
import ZondaWire

/// `POST /tokenize` and `POST /detokenize`.
struct TokenRoutes: Sendable {
    let services: Services

    func tokenize(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try TokenizeBody(try await services.body(of: request, context))
        let runner = try await services.pool.lease(body.model, queues: false).runner
        let tokens =
            switch body.input {
            case .text(let text): try runner.tokenize(text, addSpecialTokens: body.addsSpecialTokens)
            case .chat(let chat): try runner.chatPrompt(chat)
            }
        return .json(try body.isLlamaForm ? llamaForm(tokens, body, runner) : vLLMForm(tokens, body, runner))
    }

    func detokenize(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try DetokenizeBody(try await services.body(of: request, context))
        let runner = try await services.pool.lease(body.model, queues: false).runner
        let text = JSONValue.string(try runner.detokenize(body.tokens, skipSpecialTokens: false))
        // vLLM's name and llama.cpp's.
        return .json(.object(["prompt": text, "content": text]))
    }

    private func vLLMForm(_ tokens: [TokenID], _ body: TokenizeBody, _ runner: Runner) throws -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "count": .integer(tokens.count), "max_model_len": .integer(runner.model.maxSequenceLength),
            "tokens": .array(tokens.map { .integer(Int($0)) }),
        ]
        if body.wantsPieces { members["token_strs"] = .array(try pieces(tokens, runner)) }
        return .object(members)
    }

    private func llamaForm(_ tokens: [TokenID], _ body: TokenizeBody, _ runner: Runner) throws -> JSONValue {
        guard body.wantsPieces else { return .object(["tokens": .array(tokens.map { .integer(Int($0)) })]) }
        let list = zip(tokens, try pieces(tokens, runner)).map { token, piece in
            JSONValue.object(["id": .integer(Int(token)), "piece": piece])
        }
        return .object(["tokens": .array(list)])
    }

    private func pieces(_ tokens: [TokenID], _ runner: Runner) throws -> [JSONValue] {
        try tokens.map { .string(try runner.detokenize([$0], skipSpecialTokens: false)) }
    }
}
