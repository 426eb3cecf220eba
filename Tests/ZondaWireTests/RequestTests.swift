import OrderedCollections
import Testing
import Zonda
import ZondaCore
import ZondaFormats
import ZondaWire

/// What requests say reaches the engine as it was said.
struct RequestTests {
    @Test func chatWithEverything() throws {
        let body = try ChatCompletionBody(
            json(
                """
                {"model": "m", "messages": [
                    {"role": "developer", "content": "Be brief."},
                    {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "name": "Ann"},
                    {"role": "assistant", "content": null, "reasoning_content": "hm", "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                    {"role": "tool", "tool_call_id": "c1", "content": "42"}],
                 "max_completion_tokens": 7, "max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "n": 3,
                 "stop": ["x", "y"], "seed": -1, "logprobs": true, "top_logprobs": 2, "logit_bias": {"5": -100},
                 "presence_penalty": 1, "frequency_penalty": -1.5, "stream": true,
                 "stream_options": {"include_usage": true}, "user": "u", "store": false, "metadata": {"a": "b"},
                 "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
                 "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": false,
                 "reasoning_effort": "none", "chat_template_kwargs": {"thinking": true},
                 "top_k": -1, "min_p": 0.1, "typical_p": 0.9, "repetition_penalty": 1.1, "dry_multiplier": 0.8,
                 "dry_allowed_length": 4, "ignore_eos": true, "stop_token_ids": [1, 2]}
                """))
        let request = body.request
        #expect(body.streaming.streams && body.streaming.includesUsage)
        #expect(request.messages.map(\.role) == ["system", "user", "assistant", "tool"])
        #expect(request.messages[1].content == "a\nb")
        #expect(request.messages[1].fields["name"] == "Ann")
        #expect(request.messages[2].toolCalls == [ToolCall(id: "c1", name: "f", arguments: "{}")])
        #expect(request.messages[2].reasoning == "hm")
        #expect(request.messages[3].fields["tool_call_id"] == "c1")
        #expect(request.maxTokens == 7)
        #expect(request.temperature == 0.5 && request.topP == 0.9 && request.n == 3)
        #expect(request.stop == ["x", "y"] && request.seed == .max && request.logprobs == 2)
        #expect(request.logitBias == [5: -100])
        #expect(request.presencePenalty == 1 && request.frequencyPenalty == -1.5)
        #expect(request.tools.count == 1 && request.toolChoice == .function("f"))
        #expect(!request.allowsParallelToolCalls)
        #expect(request.templateValues["reasoning_effort"] == "none")
        #expect(request.templateValues["enable_thinking"] == false)
        #expect(request.templateValues["thinking"] == true)
        #expect(request.topK == 0 && request.minP == 0.1 && request.typicalP == 0.9)
        #expect(request.repetitionPenalty == 1.1 && request.ignoreEOS && request.stopTokenIDs == [1, 2])
        #expect(request.dry?.multiplier == 0.8 && request.dry?.allowedLength == 4)
    }

    /// Clients write null for what they leave out.
    @Test func nullIsAbsent() throws {
        let absent = try ChatCompletionBody(json(#"{"messages": [{"role": "user", "content": "a"}]}"#)).request
        let null = try ChatCompletionBody(
            json(
                """
                {"messages": [{"role": "user", "content": "a", "tool_calls": null}], "temperature": null, "stop": null,
                 "max_tokens": null, "tools": null, "response_format": null, "stream": null, "stream_options": null,
                 "logit_bias": null, "functions": null, "seed": null, "tool_choice": null}
                """)
        ).request
        #expect(null.options == absent.options)
        #expect(null.messages == absent.messages)
        #expect(absent.model == "default" && absent.maxTokens == nil && absent.temperature == nil)
    }

    @Test(
        arguments: [
            (#""response_format": {"type": "text"}"#, nil),
            (#""response_format": {"type": "json_object"}"#, .jsonObject),
            (
                #""response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"a": 1}, "strict": true}}"#,
                .jsonSchema(.object(["a": 1]))
            ),
            (#""response_format": {"type": "json_object", "schema": {"a": 1}}"#, .jsonSchema(.object(["a": 1]))),
            (#""guided_json": {"a": 1}"#, .jsonSchema(.object(["a": 1]))),
            (#""guided_json": "{\"a\": 1}""#, .jsonSchema(.object(["a": 1]))),
            (#""json_schema": {"a": 1}"#, .jsonSchema(.object(["a": 1]))),
            (#""guided_regex": "a+""#, .regex("a+")),
            (#""guided_grammar": "root ::= x""#, .grammar("root ::= x")),
            (#""guided_choice": ["a.b", "c"]"#, .regex(#"(a\.b|c)"#)),
            (#""grammar": "root ::= x""#, .grammar("root ::= x")),
            (#""grammar": {"type": "regex", "value": "a"}"#, .regex("a")),
            (#""grammar": {"type": "json_schema", "value": {"a": 1}}"#, .jsonSchema(.object(["a": 1]))),
            (#""structured_outputs": {"regex": "a"}"#, .regex("a")),
            (#""structured_outputs": {"json": {"a": 1}}"#, .jsonSchema(.object(["a": 1]))),
        ] as [(String, OutputConstraint?)])
    func constraints(member: String, expected: OutputConstraint?) throws {
        let body = try ChatCompletionBody(json(#"{"messages": [{"role": "user", "content": "a"}], \#(member)}"#))
        #expect(body.request.constraint == expected)
    }

    @Test(
        arguments: [
            (#""a""#, [.text("a")]), (#"["a", "b"]"#, [.text("a"), .text("b")]), ("[1, 2]", [.tokens([1, 2])]),
            ("[[1], [2, 3]]", [.tokens([1]), .tokens([2, 3])]),
        ] as [(String, [WirePrompt])])
    func prompts(text: String, expected: [WirePrompt]) throws {
        let body = try CompletionBody(json(#"{"prompt": \#(text), "echo": true}"#))
        #expect(body.requests.map(\.prompt) == expected)
        #expect(body.requests.allSatisfy { $0.echo && $0.maxTokens == 16 })
        #expect(try EmbeddingBody(json(#"{"input": \#(text)}"#)).inputs == expected)
    }

    @Test func responses() throws {
        let body = try ResponsesBody(
            json(
                """
                {"model": "m", "instructions": "Be brief.", "max_output_tokens": 5, "stream": true, "store": true,
                 "input": [{"role": "user", "content": [{"type": "input_text", "text": "a"}]},
                    {"type": "reasoning", "id": "rs_1", "summary": [],
                     "content": [{"type": "reasoning_text", "text": "hm"}]},
                    {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
                    {"type": "function_call", "call_id": "c2", "name": "f", "arguments": "{}"},
                    {"type": "function_call_output", "call_id": "c1", "output": "1"},
                    {"type": "function_call_output", "call_id": "c2", "output": "2"}],
                 "tools": [{"type": "function", "name": "f", "parameters": {}, "strict": true}],
                 "tool_choice": {"type": "function", "name": "f"}, "reasoning": {"effort": "low"},
                 "text": {"format": {"type": "json_schema", "name": "n", "schema": {"a": 1}, "strict": true}}}
                """))
        let request = body.request
        #expect(body.streams)
        #expect(request.messages.map(\.role) == ["system", "user", "assistant", "tool", "tool"])
        #expect(request.messages[2].toolCalls.map(\.id) == ["c1", "c2"])
        #expect(request.messages[2].reasoning == "hm")
        #expect(request.messages[4].content == "2" && request.messages[4].fields["tool_call_id"] == "c2")
        #expect(request.tools[0]["function"]?["name"] == "f" && request.tools[0]["type"] == "function")
        #expect(request.toolChoice == .function("f") && request.maxTokens == 5)
        #expect(request.templateValues["reasoning_effort"] == "low")
        #expect(request.constraint == .jsonSchema(.object(["a": 1])))
    }

    @Test func messages() throws {
        let body = try MessagesBody(
            json(
                """
                {"model": "m", "max_tokens": 5, "system": [{"type": "text", "text": "Be brief."}], "stream": true,
                 "messages": [{"role": "user", "content": "a"},
                    {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"},
                        {"type": "text", "text": "b"}, {"type": "tool_use", "id": "t1", "name": "f", "input": {"x": 1}}]},
                    {"role": "user", "content": [
                        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "42"}]},
                        {"type": "text", "text": "go on"}]},
                    {"role": "assistant", "content": "So"}],
                 "stop_sequences": ["x"], "temperature": 0, "top_k": 3, "thinking": {"type": "disabled"},
                 "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
                 "tool_choice": {"type": "any", "disable_parallel_tool_use": true}}
                """))
        let request = body.request
        #expect(request.messages.map(\.role) == ["system", "user", "assistant", "tool", "user", "assistant"])
        #expect(request.messages[2].toolCalls == [ToolCall(id: "t1", name: "f", arguments: #"{"x": 1}"#)])
        #expect(request.messages[2].content == "b" && request.messages[2].reasoning == "hm")
        #expect(request.messages[3].content == "42" && request.messages[4].content == "go on")
        #expect(request.continuesLastMessage && request.stop == ["x"] && request.topK == 3)
        #expect(request.toolChoice == .required && !request.allowsParallelToolCalls)
        #expect(request.tools[0]["function"]?["parameters"]?["type"] == "object")
        #expect(request.templateValues["enable_thinking"] == false)
    }

    @Test func tokenizing() throws {
        let vllm = try TokenizeBody(json(#"{"prompt": "a", "return_token_strs": true}"#))
        #expect(vllm.addsSpecialTokens && vllm.wantsPieces && !vllm.isLlamaForm)
        let llama = try TokenizeBody(json(#"{"content": "a"}"#))
        #expect(!llama.addsSpecialTokens && !llama.wantsPieces && llama.isLlamaForm)
        let chat = try TokenizeBody(
            json(#"{"messages": [{"role": "user", "content": "a"}], "return_token_strs": false}"#))
        guard case .chat(let request) = chat.input else { throw ZondaError(.badRequest, "no chat") }
        #expect(request.messages == [.user("a")])
        #expect(try DetokenizeBody(json(#"{"tokens": [1, 2]}"#)).tokens == [1, 2])
    }
}

func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text, name: "test") }
