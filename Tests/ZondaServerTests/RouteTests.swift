import Testing
import Zonda
import ZondaFormats
import ZondaServer

extension ServerTests {
    /// Each route answers in its form.
    struct RouteTests {
        private static let prompt = #""prompt": "Hello", "temperature": 0, "ignore_eos": true, "max_tokens": 6"#

        @Test func chat() async throws {
            try await TestServer.run { server in
                let answer = try await server.post(
                    "/v1/chat/completions",
                    TestServer.chat("Hello", #", "max_tokens": 6, "n": 2, "logprobs": true, "top_logprobs": 2"#))
                #expect(answer.status == 200)
                let json = try answer.json
                #expect(json["object"] == "chat.completion" && json["model"] == "tiny")
                let choices = try #require(json["choices"]?.array)
                #expect(choices.map { $0["index"] } == [0, 1])
                let choice = choices[0]
                #expect(choice["finish_reason"] == "length" && choice["message"]?["role"] == "assistant")
                // The same text as without a server.
                var request = ChatCompletionRequest(messages: [.user("Hello")], maxTokens: 6, temperature: 0)
                request.ignoreEOS = true
                let expected = try await server.runner?.sendChatCompletionRequest(request).choices[0].message.content
                #expect(choice["message"]?["content"]?.string == expected)
                #expect(choices[1]["message"] == choice["message"])
                let tokens = try #require(choice["logprobs"]?["content"]?.array)
                #expect(tokens.count == 6 && tokens.allSatisfy { $0["top_logprobs"]?.array?.count == 2 })
                #expect(json["usage"]?["completion_tokens"] == 12)
            }
        }

        @Test func streamedChatIsTheWholeOne() async throws {
            try await TestServer.run { server in
                let members = #", "max_tokens": 20, "stream_options": {"include_usage": true}"#
                let whole = try await server.post("/v1/chat/completions", TestServer.chat("Hi", #", "max_tokens": 20"#))
                    .json
                let answer = try await server.post(
                    "/v1/chat/completions", TestServer.chat("Hi", members + #", "stream": true"#))
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"] == "text/event-stream; charset=utf-8")
                #expect(answer.events.last == "[DONE]")
                let events = try answer.jsonEvents
                let text = events.compactMap { $0["choices"]?.array?.first?["delta"]?["content"]?.string }.joined()
                #expect(text == whole["choices"]?.array?[0]["message"]?["content"]?.string)
                #expect(Set(events.compactMap { $0["id"]?.string }).count == 1)
                #expect(events.last?["usage"]?["completion_tokens"] == 20 && events.last?["choices"] == .array([]))
            }
        }

        @Test func completions() async throws {
            try await TestServer.run { server in
                let whole = try await server.post("/v1/completions", "{\(Self.prompt)}").json
                let text = try #require(whole["choices"]?.array?[0]["text"]?.string)
                #expect(whole["object"] == "text_completion" && !text.isEmpty)
                let streamed = try await server.post("/v1/completions", "{\(Self.prompt), \"stream\": true}")
                let pieces = try streamed.jsonEvents.compactMap { $0["choices"]?.array?.first?["text"]?.string }
                #expect(pieces.joined() == text && streamed.events.last == "[DONE]")
                // Texts, tokens and lists of both are the same; each prompt's choices come together, in order.
                let tokens = try #require(try server.runner?.tokenize("Hello"))
                for prompt in [#"["Hello", "Hello"]"#, "[\(tokens), \(tokens)]"] {
                    let body = #"{"prompt": \#(prompt), "n": 2, "temperature": 0, "ignore_eos": true, "max_tokens": 6}"#
                    let many = try await server.post("/v1/completions", body).json["choices"]?.array
                    #expect(many?.map { $0["index"] } == [0, 1, 2, 3])
                    #expect(many?.allSatisfy { $0["text"]?.string == text } == true)
                }
                for stream in ["false", "true"] {
                    let echo = try await server.post(
                        "/v1/completions", "{\(Self.prompt), \"echo\": true, \"stream\": \(stream)}")
                    let echoed =
                        stream == "true"
                        ? try echo.jsonEvents.compactMap { $0["choices"]?.array?.first?["text"]?.string }.joined()
                        : try echo.json["choices"]?.array?[0]["text"]?.string
                    #expect(echoed == "Hello" + text)
                }
            }
        }

        /// Each token here is a byte: put together, their bytes are the text.
        @Test func bytesOfPartsOfCharacters() async throws {
            try await TestServer.run { server in
                let members = #", "max_tokens": 20, "guided_choice": ["né"], "logprobs": true, "top_logprobs": 2"#
                let whole = try await server.post("/v1/chat/completions", TestServer.chat("Hi", members)).json
                let streamed = try await server.post(
                    "/v1/chat/completions", TestServer.chat("Hi", members + #", "stream": true"#)
                ).jsonEvents
                for choices in [[whole["choices"]?.array?.first], streamed.map { $0["choices"]?.array?.first }] {
                    let tokens = choices.flatMap { $0?["logprobs"]?["content"]?.array ?? [] }.prefix(3)
                    #expect(tokens.map { $0["bytes"] } == [.array([0x6E]), .array([0xC3]), .array([0xA9])])
                    #expect(tokens.map { $0["token"] } == ["n", "\u{FFFD}", "\u{FFFD}"])
                    let others = tokens.flatMap { $0["top_logprobs"]?.array ?? [] }
                    #expect(others.count == 6 && others.allSatisfy { $0["bytes"]?.array?.isEmpty == false })
                }
            }
        }

        @Test func completionLogprobs() async throws {
            try await TestServer.run { server in
                let json = try await server.post("/v1/completions", "{\(Self.prompt), \"logprobs\": 3}").json
                let logprobs = try #require(json["choices"]?.array?[0]["logprobs"])
                #expect(logprobs["tokens"]?.array?.count == 6 && logprobs["token_logprobs"]?.array?.count == 6)
                #expect(logprobs["text_offset"]?.array?.first == 0)
            }
        }

        @Test func embeddings() async throws {
            try await TestServer.run { server in
                let body = #"{"model": "tiny", "input": ["Hello", "world"]}"#
                let json = try await server.post("/v1/embeddings", body).json
                let vectors = try #require(json["data"]?.array).compactMap {
                    $0["embedding"]?.array?.compactMap(\.double)
                }
                let expected = try await server.runner?.embedding(of: "world") ?? []
                #expect(vectors.count == 2 && vectors[1].map { Float($0) } == expected)
                #expect(json["usage"]?["prompt_tokens"] == 10)
                let wrong = try await server.post("/v1/embeddings", #"{"input": "a", "dimensions": 5}"#)
                #expect(try wrong.status == 400 && wrong.json["error"]?["param"] == "dimensions")
            }
        }

        @Test func responses() async throws {
            try await TestServer.run { server in
                let body =
                    #"{"model": "tiny", "input": "Hello", "temperature": 0, "ignore_eos": true, "max_output_tokens": 8"#
                let whole = try await server.post("/v1/responses", body + "}").json
                #expect(whole["object"] == "response" && whole["status"] == "incomplete")
                let text = whole["output"]?.array?[0]["content"]?.array?[0]["text"]?.string
                let streamed = try await server.post("/v1/responses", body + #", "stream": true}"#)
                let events = try streamed.jsonEvents
                #expect(events.first?["type"] == "response.created" && events.last?["type"] == "response.incomplete")
                let deltas = events.filter { $0["type"] == "response.output_text.delta" }
                #expect(deltas.compactMap { $0["delta"]?.string }.joined() == text)
            }
        }

        @Test func messages() async throws {
            try await TestServer.run { server in
                let conversation = #""model": "tiny", "messages": [{"role": "user", "content": "Hello"}]"#
                let body = "{\(conversation), \"max_tokens\": 8, \"temperature\": 0"
                let whole = try await server.post("/v1/messages", body + "}").json
                #expect(whole["type"] == "message")
                let streamed = try await server.post("/v1/messages", body + #", "stream": true}"#)
                let events = try streamed.jsonEvents
                #expect(events.first?["type"] == "message_start" && events.last?["type"] == "message_stop")
                let startUsage = events.first?["message"]?["usage"]?["input_tokens"]
                #expect(startUsage == whole["usage"]?["input_tokens"])
                let text = events.compactMap { $0["delta"]?["text"]?.string }.joined()
                #expect(text == whole["content"]?.array?.first?["text"]?.string ?? "")
                let counted = try await server.post("/v1/messages/count_tokens", "{\(conversation)}").json[
                    "input_tokens"]
                #expect(counted == whole["usage"]?["input_tokens"])
                let error = try await server.post("/v1/messages", "{\(conversation)}")
                #expect(try error.status == 400 && error.json["error"]?["type"] == "invalid_request_error")
                #expect(try error.json["type"] == "error")
            }
        }

        @Test func tokens() async throws {
            try await TestServer.run { server in
                let json = try await server.post("/tokenize", #"{"prompt": "Hi", "return_token_strs": true}"#).json
                #expect(json["count"] == 2 && json["token_strs"] == .array(["H", "i"]))
                let tokens = try #require(json["tokens"]?.text)
                let text = try await server.post("/detokenize", #"{"tokens": \#(tokens)}"#).json
                #expect(text["prompt"] == "Hi" && text["content"] == "Hi")
                let llama = try await server.post("/tokenize", #"{"content": "Hi"}"#).json
                #expect(llama["tokens"] == json["tokens"])
                let chat = #"{"messages": [{"role": "user", "content": "Hi"}]}"#
                #expect(
                    try await server.post("/tokenize", chat).json["count"] == .integer("[user]Hi\n[assistant]".count))
                let wrong = try await server.post("/detokenize", #"{"tokens": [999999]}"#)
                #expect(wrong.status == 400)
            }
        }

        @Test func status() async throws {
            try await TestServer.run { server in
                #expect(try await server.get("/health").json["status"] == "ok")
                let list = try await server.get("/v1/models").json["data"]?.array
                #expect(list?.map { $0["id"] } == ["tiny"] && list?[0]["max_model_len"] == 1024)
                #expect(try await server.get("/v1/models/tiny").json["id"] == "tiny")
                #expect(try await server.get("/v1/models/none").status == 404)
                let document = try await server.get("/openapi.json").json
                #expect(document["paths"]?["/v1/chat/completions"]?["post"] != nil)
                let page = try await server.get("/")
                #expect(page.status == 200 && page.text.contains("<title>"))
                #expect(page.headers["content-security-policy"]?.contains("default-src 'none'") == true)
                #expect(page.headers["content-security-policy"]?.contains("unsafe") == false)
            }
        }

        @Test func metrics() async throws {
            try await TestServer.run { server in
                _ = try await server.post("/v1/chat/completions", TestServer.chat("Hello", #", "max_tokens": 6"#))
                _ = try await server.post(
                    "/v1/chat/completions", TestServer.chat("Hello", #", "max_tokens": 4, "stream": true"#))
                let lines = try await server.get("/metrics").text.split(separator: "\n").map(String.init)
                for line in [
                    #"zonda:generation_tokens_total{model_name="tiny"} 10"#,
                    #"zonda:prompt_tokens_total{model_name="tiny"} 46"#,
                    #"zonda:request_success_total{model_name="tiny",finished_reason="length"} 2"#,
                    #"zonda:num_requests_running{model_name="tiny"} 0"#,
                    #"zonda:num_requests_waiting{model_name="tiny"} 0"#,
                    #"zonda:kv_cache_usage_perc{model_name="tiny"} 0.0"#,
                    #"zonda:time_to_first_token_seconds_bucket{model_name="tiny",le="+Inf"} 2"#,
                    #"zonda:time_per_output_token_seconds_count{model_name="tiny"} 2"#,
                    #"zonda:e2e_request_latency_seconds_count{model_name="tiny"} 2"#,
                ] { #expect(lines.contains(line), "\(line)") }
            }
        }
    }
}
