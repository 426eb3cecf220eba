import TestSupport
import Testing
import ZondaCore
import ZondaFormats
import ZondaWire

/// Damaged requests are read or refused, and never end the process.
struct FuzzTests {
    enum Reader: String, CaseIterable, Sendable {
        case chat, completion, embedding, responses, messages, tokenize

        func read(_ body: JSONValue) throws(ZondaError) {
            switch self {
            case .chat: _ = try ChatCompletionBody(body)
            case .completion: _ = try CompletionBody(body)
            case .embedding: _ = try EmbeddingBody(body)
            case .responses: _ = try ResponsesBody(body)
            case .messages: _ = try MessagesBody(body)
            case .tokenize: _ = try TokenizeBody(body)
            }
        }

        var sample: String {
            switch self {
            case .chat:
                """
                {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a\\u00e9"}]},{"role":"assistant",\
                "tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool",\
                "tool_call_id":"c","content":"1"}],"max_tokens":7,"temperature":0.5,"n":2,"stop":["x"],"seed":1,\
                "logprobs":true,"top_logprobs":2,"logit_bias":{"5":-1.5},"tools":[{"type":"function","function":\
                {"name":"f","parameters":{"type":"object"}}}],"tool_choice":"auto","response_format":{"type":"json_object"}}
                """
            case .completion: #"{"prompt":[[1,2],[3]],"max_tokens":7,"logprobs":1,"n":2,"best_of":2,"stop":"x"}"#
            case .embedding: #"{"input":["a","b"],"encoding_format":"base64","dimensions":64}"#
            case .responses:
                """
                {"input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"function_call",\
                "call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"1"}],\
                "text":{"format":{"type":"json_schema","name":"n","schema":{}}},"tools":[{"type":"function","name":"f"}]}
                """
            case .messages:
                """
                {"max_tokens":5,"system":[{"type":"text","text":"a"}],"messages":[{"role":"user","content":"a"},\
                {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"x":1}}]},{"role":"user",\
                "content":[{"type":"tool_result","tool_use_id":"t","content":"1"}]}],"tools":[{"name":"f",\
                "input_schema":{}}],"tool_choice":{"type":"tool","name":"f"}}
                """
            case .tokenize: #"{"messages":[{"role":"user","content":"a"}],"return_token_strs":true}"#
            }
        }
    }

    @Test(arguments: Reader.allCases) func mutants(reader: Reader) throws {
        let original = Array(reader.sample.utf8)
        try reader.read(try JSONValue(requestBody: original.span))
        var mutator = ByteMutator(seed: 50)
        var (readCount, refusedCount) = (0, 0)
        for _ in 0..<ByteMutator.roundCount {
            do throws(ZondaError) {
                let body = try JSONValue(requestBody: mutator.mutated(original).span)
                try reader.read(body)
                readCount += 1
            } catch {
                refusedCount += 1
                if error.code != .badRequest { Issue.record("\(reader): \(error.code.rawValue): \(error)") }
            }
        }
        // Both happen, or the mutants test nothing.
        #expect(readCount > 0 && refusedCount > 0, "\(readCount) read, \(refusedCount) refused")
    }
}
