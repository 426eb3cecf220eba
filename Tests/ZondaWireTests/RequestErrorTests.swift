import Testing
import Zonda
import ZondaCore
import ZondaFormats
import ZondaWire

/// Whatever is wrong with a request is an error that names it.
struct RequestErrorTests {
    /// Members of a chat beside `messages`, and the path that the error names.
    @Test(arguments: [
        (#""temperature": "hot""#, "temperature"), (#""temperature": -0.1"#, "temperature"),
        (#""temperature": 101"#, "temperature"), (#""top_p": 1.01"#, "top_p"), (#""n": 0"#, "n"), (#""n": 129"#, "n"),
        (#""n": 1.5"#, "n"), (#""n": true"#, "n"), (#""max_tokens": 0"#, "max_tokens"),
        (#""max_completion_tokens": 4294967296"#, "max_completion_tokens"), (#""stop": 5"#, "stop"),
        (#""stop": ["a", 5]"#, "stop[1]"), (#""stop": """#, "stop"), (#""stop": ["a", ""]"#, "stop[1]"),
        (#""seed": 0.5"#, "seed"), (#""seed": 18446744073709551616"#, "seed"),
        (#""logprobs": 1"#, "logprobs"), (#""top_logprobs": 3"#, "top_logprobs"),
        (#""logprobs": true, "top_logprobs": 21"#, "top_logprobs"), (#""logit_bias": []"#, "logit_bias"),
        (#""logit_bias": {"x": 1}"#, "logit_bias"), (#""logit_bias": {"-1": 1}"#, "logit_bias"),
        (#""logit_bias": {"1": 101}"#, "logit_bias.1"), (#""presence_penalty": 2.1"#, "presence_penalty"),
        (#""frequency_penalty": -2.1"#, "frequency_penalty"),
        (#""response_format": "json""#, "response_format"),
        (#""response_format": {"type": "xml"}"#, "response_format.type"),
        (#""response_format": {}"#, "response_format.type"),
        (#""response_format": {"type": "json_schema"}"#, "response_format.json_schema"),
        (
            #""response_format": {"type": "json_schema", "json_schema": {"name": "n"}}"#,
            "response_format.json_schema.schema"
        ),
        (#""response_format": {"type": "json_object"}, "guided_regex": "a""#, "guided_regex"),
        (#""guided_json": "{""#, "guided_json"), (#""grammar": {"type": "lark", "value": "x"}"#, "grammar.type"),
        (#""structured_outputs": {"choice": []}"#, "structured_outputs.choice"),
        (#""tools": {}"#, "tools"), (#""tools": [{"type": "retrieval"}]"#, "tools[0].type"),
        (#""tools": [{"type": "function", "function": {"name": "a b"}}]"#, "tools[0].function.name"),
        (#""tools": [{"type": "function", "function": {"name": ""}}]"#, "tools[0].function.name"),
        (#""tools": [{"type": "function", "function": {"parameters": {}}}]"#, "tools[0].function.name"),
        (#""tool_choice": "required""#, "tool_choice"), (#""tool_choice": "maybe""#, "tool_choice"),
        (
            #""tool_choice": {"type": "function", "function": {"name": "g"}},"#
                + #""tools": [{"type": "function", "function": {"name": "f"}}]"#, "tool_choice"
        ),
        (#""stream": "yes""#, "stream"), (#""stream_options": {"include_usage": true}"#, "stream_options"),
        (#""stream": true, "stream_options": {"x": 1}"#, "stream_options.x"),
        (#""reasoning_effort": "huge""#, "reasoning_effort"), (#""modalities": ["audio"]"#, "modalities[0]"),
        (#""functions": []"#, "functions"), (#""function_call": "auto""#, "function_call"),
        (#""audio": {}"#, "audio"), (#""web_search_options": {}"#, "web_search_options"),
        (#""Temperature": 1"#, "Temperature"), (#""mystery": null"#, "mystery"),
        (#""chat_template_kwargs": {"messages": []}"#, "chat_template_kwargs.messages"),
        (#""continue_final_message": true"#, "continue_final_message"),
        (#""add_generation_prompt": false"#, "add_generation_prompt"),
        (#""typical_p": 2"#, "typical_p"), (#""top_k": -2"#, "top_k"),
        (#""stop_token_ids": [-1]"#, "stop_token_ids[0]"),
        (#""min_tokens": 5"#, "min_tokens"),
    ])
    func chatMembers(member: String, path: String) throws {
        let body = try json(#"{"messages": [{"role": "user", "content": "a"}], \#(member)}"#)
        try expect(path) { () throws(ZondaError) in _ = try ChatCompletionBody(body) }
    }

    @Test(arguments: [
        ("null", "messages"), ("[]", "messages"), ("5", "messages"), ("[5]", "messages[0]"),
        ("[{}]", "messages[0].role"),
        (#"[{"role": "king", "content": "a"}]"#, "messages[0].role"),
        (#"[{"role": "user"}]"#, "messages[0].content"), (#"[{"role": "user", "content": 5}]"#, "messages[0].content"),
        (
            #"[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]"#,
            "messages[0].content[0].type"
        ),
        (#"[{"role": "user", "content": [{"type": "text"}]}]"#, "messages[0].content[0].text"),
        (#"[{"role": "tool", "content": "a"}]"#, "messages[0].tool_call_id"),
        (
            #"[{"role": "user", "content": "a", "tool_calls": [{"id": "x", "function": {"name": "f", "arguments": ""}}]}]"#,
            "messages[0].tool_calls"
        ),
        (
            #"[{"role": "assistant", "tool_calls": [{"id": "x", "function": {"name": "f", "arguments": {}}}]}]"#,
            "messages[0].tool_calls[0].function.arguments"
        ),
        (#"[{"role": "assistant", "content": "a", "function_call": {}}]"#, "messages[0].function_call"),
        (#"[{"role": "user", "content": "a", "colour": "red"}]"#, "messages[0].colour"),
    ])
    func chatMessages(messages: String, path: String) throws {
        let body = try json(#"{"messages": \#(messages)}"#)
        try expect(path) { () throws(ZondaError) in _ = try ChatCompletionBody(body) }
    }

    @Test(arguments: [
        ("{}", "prompt"), (#"{"prompt": []}"#, "prompt"), (#"{"prompt": [1, "a"]}"#, "prompt"),
        (#"{"prompt": [-1]}"#, "prompt[0]"), (#"{"prompt": [[1], [2, 2147483648]]}"#, "prompt[1][1]"),
        (#"{"prompt": [1, 0.5]}"#, "prompt[1]"), (#"{"prompt": "a", "suffix": "b"}"#, "suffix"),
        (#"{"prompt": "a", "best_of": 2}"#, "best_of"), (#"{"prompt": "a", "echo": true, "logprobs": 1}"#, "echo"),
        (#"{"prompt": "a", "logprobs": true}"#, "logprobs"), (#"{"prompt": "a", "messages": []}"#, "messages"),
    ])
    func completions(text: String, path: String) throws {
        let body = try json(text)
        try expect(path) { () throws(ZondaError) in _ = try CompletionBody(body) }
    }

    @Test(arguments: [
        ("{}", "input"), (#"{"input": ""}"#, "input"), (#"{"input": ["a", ""]}"#, "input[1]"),
        (#"{"input": "a", "encoding_format": "int8"}"#, "encoding_format"),
        (#"{"input": "a", "dimensions": 0}"#, "dimensions"),
    ])
    func embeddings(text: String, path: String) throws {
        let body = try json(text)
        try expect(path) { () throws(ZondaError) in _ = try EmbeddingBody(body) }
    }

    @Test func embeddingDimensions() throws {
        let body = try EmbeddingBody(json(#"{"input": "a", "dimensions": 64}"#))
        try body.checkDimensions(64)
        try expect("dimensions") { () throws(ZondaError) in try body.checkDimensions(32) }
    }

    @Test(arguments: [
        ("{}", "input"), (#"{"input": []}"#, "input"), (#"{"input": [{"role": "user"}]}"#, "input[0].content"),
        (#"{"input": [{"content": "a"}]}"#, "input[0].role"),
        (#"{"input": "a", "previous_response_id": "r"}"#, "previous_response_id"),
        (#"{"input": "a", "conversation": "c"}"#, "conversation"),
        (#"{"input": "a", "background": true}"#, "background"), (#"{"input": "a", "max_tokens": 5}"#, "max_tokens"),
        (#"{"input": "a", "tools": [{"type": "web_search"}]}"#, "tools[0].type"),
        (#"{"input": "a", "text": {"format": {"type": "json_schema", "name": "n"}}}"#, "text.format.schema"),
        (#"{"input": [{"type": "function_call", "call_id": "c", "name": "f"}]}"#, "input[0].arguments"),
        (
            #"{"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "u"}]}]}"#,
            "input[0].content"
        ),
        (#"{"input": "a", "include": ["everything"]}"#, "include[0]"),
    ])
    func responses(text: String, path: String) throws {
        let body = try json(text)
        let error = try #require(throws: ZondaError.self) { try ResponsesBody(body) }
        #expect(error.code == .badRequest)
        #expect(error.facts["param"]?.hasPrefix(path.prefix { $0 != "[" }) == true, "\(error.facts)")
    }

    @Test(arguments: [
        (#"{"messages": [{"role": "user", "content": "a"}]}"#, "max_tokens"),
        (#"{"max_tokens": 5}"#, "messages"), (#"{"max_tokens": 5, "messages": []}"#, "messages"),
        (#"{"max_tokens": 5, "messages": [{"role": "system", "content": "a"}]}"#, "messages[0].role"),
        (
            #"{"max_tokens": 5, "messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}]}"#,
            "messages[0].content"
        ),
        (
            #"{"max_tokens": 5, "messages": [{"role": "user", "content": [{"type": "tool_result"}]}]}"#,
            "messages[0].content[0].tool_use_id"
        ),
        (
            #"{"max_tokens": 5, "messages": [{"role": "user", "content": "a"}], "tool_choice": {"type": "any"}}"#,
            "tool_choice"
        ),
        (
            #"{"max_tokens": 5, "messages": [{"role": "user", "content": "a"}], "tool_choice": {"type": "tool"}}"#,
            "tool_choice.name"
        ),
        (#"{"max_tokens": 5, "messages": [{"role": "user", "content": "a"}], "n": 2}"#, "n"),
        (#"{"max_tokens": 5, "messages": [{"role": "user", "content": "a"}], "mcp_servers": []}"#, "mcp_servers"),
    ])
    func messages(text: String, path: String) throws {
        let body = try json(text)
        let error = try #require(throws: ZondaError.self) { try MessagesBody(body) }
        #expect(error.facts["param"]?.hasPrefix(path) == true, "\(error.facts)")
    }

    @Test(arguments: [#"{}"#, #"{"prompt": "a", "content": "b"}"#, #"{"prompt": "a", "x": 1}"#])
    func tokenize(text: String) throws {
        #expect(throws: ZondaError.self) { try TokenizeBody(json(text)) }
    }

    @Test(arguments: ["", "[]", "5", "{", "{\"a\": 1, \"a\": 2}", "\u{0}", String(repeating: "[", count: 100_000)])
    func notARequest(text: String) throws {
        let error = try #require(throws: ZondaError.self) {
            try ChatCompletionBody(JSONValue(requestBody: Array(text.utf8).span))
        }
        #expect(error.code == .badRequest)
        #expect(WireError(error).status == 400)
    }

    /// What a client sent is not sent back in full.
    @Test func longValuesAreCut() throws {
        let body = try json(#"{"messages": [{"role": "\#(String(repeating: "x", count: 10_000))"}]}"#)
        let error = try #require(throws: ZondaError.self) { try ChatCompletionBody(body) }
        #expect(error.message.count < 200)
    }

    private func expect(_ path: String, _ read: () throws(ZondaError) -> Void) throws {
        let error = try #require(throws: ZondaError.self) { try read() }
        #expect(error.code == .badRequest)
        #expect(error.facts["param"] == path, "\(error)")
        #expect(error.remedy != nil)
        let wire = WireError(error).json["error"]
        #expect(wire?["param"] == .string(path))
        #expect(wire?["type"] == "invalid_request_error")
    }
}
