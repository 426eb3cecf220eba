import OrderedCollections
import Testing
import Zonda
import ZondaFormats
import ZondaServer

extension ServerTests {
    /// Functions and a form of the content in one request, on a model that says nonsense: biases lead it to either.
    struct ToolTests {
        private static let chat = "/v1/chat/completions"
        private static let content = #"{"answer": "yes"}"#
        private static let format =
            #", "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"enum": [\#(content)]}}}"#

        private static func tools(_ choice: String, strict: Bool = true) -> String {
            """
            , "tool_choice": "\(choice)", "parallel_tool_calls": false, "max_tokens": 200, "tools": [
                {"type": "function", "function": {"name": "get.weather", "strict": \(strict), "parameters": {
                    "type": "object", "properties": {"city": {"enum": ["Bern"]}}, "required": ["city"],
                    "additionalProperties": false}}}]
            """
        }

        private static func bias(_ tokens: Int...) -> String {
            #", "logit_bias": {\#(tokens.map { #""\#($0)": 100"# }.joined(separator: ", "))}"#
        }

        /// What a text says, however it is spaced.
        private static func json(_ text: JSONValue?) -> JSONValue? {
            try? JSONValue(parsing: text?.string ?? "", name: "answer")
        }

        private static let towardsCalls = bias(TinyChat.token(UInt8(ascii: "<")))
        private static let towardsContent = bias(TinyChat.token(UInt8(ascii: "{")))

        private func choice(_ server: TestServer, _ members: String) async throws -> JSONValue {
            let whole = try await server.post(Self.chat, TestServer.chat("Hello", members))
            #expect(whole.status == 200, "\(whole.text)")
            let choice = try #require(try whole.json["choices"]?.array?.first)
            // The stream says the same.
            let streaming = TestServer.chat("Hello", members + #", "stream": true"#)
            let events = try await server.post(Self.chat, streaming).jsonEvents
            let deltas = events.compactMap { $0["choices"]?.array?.first?["delta"] }
            #expect(
                deltas.compactMap { $0["content"]?.string }.joined() == choice["message"]?["content"]?.string ?? "")
            let parts = deltas.flatMap { $0["tool_calls"]?.array ?? [] }.compactMap { $0["function"] }
            let call = choice["message"]?["tool_calls"]?.array?.first?["function"]
            #expect(parts.compactMap { $0["name"]?.string }.first == call?["name"]?.string)
            #expect(parts.compactMap { $0["arguments"]?.string }.joined() == call?["arguments"]?.string ?? "")
            let reason = events.compactMap { $0["choices"]?.array?.first?["finish_reason"]?.string }.first
            #expect(reason == choice["finish_reason"]?.string)
            return choice
        }

        private func expectCall(_ choice: JSONValue) {
            let calls = choice["message"]?["tool_calls"]?.array ?? []
            #expect(calls.map { $0["function"]?["name"] } == ["get.weather"], "\(choice.text)")
            let arguments = calls.map { Self.json($0["function"]?["arguments"]) }
            #expect(arguments == [.object(["city": "Bern"])], "\(choice.text)")
            #expect(choice["finish_reason"] == "tool_calls")
        }

        private func expectContent(_ choice: JSONValue) {
            #expect(Self.json(choice["message"]?["content"]) == .object(["answer": "yes"]), "\(choice.text)")
            #expect(choice["message"]?["tool_calls"] == nil && choice["finish_reason"] == "stop")
        }

        @Test func contentOrCalls() async throws {
            try await TestServer.run { server in
                for strict in [true, false] {
                    let members = Self.tools("auto", strict: strict) + Self.format + Self.towardsContent
                    expectContent(try await choice(server, members))
                }
                expectCall(try await choice(server, Self.tools("auto") + Self.format + Self.towardsCalls))
                for bias in [Self.towardsContent, Self.towardsCalls] {
                    expectContent(try await choice(server, Self.tools("none") + Self.format + bias))
                    expectCall(try await choice(server, Self.tools("required") + Self.format + bias))
                    expectCall(try await choice(server, Self.tools("required", strict: false) + Self.format + bias))
                }
            }
        }

        /// Where a special token begins a call, what follows it is held to the schema, and text around it is free.
        @Test func strictCallsWithinText() async throws {
            let runner = try await TinyChat.runner(markers: ["<tool_call>", "</tool_call>"])
            try await TestServer.run(runner: runner) { server in
                expectCall(try await choice(server, Self.tools("auto") + Self.bias(TinyChat.firstMarker)))
                let text = try await choice(
                    server, Self.tools("auto") + #", "logit_bias": {"\#(TinyChat.firstMarker)": -100}"#)
                #expect(text["message"]?["tool_calls"] == nil && text["finish_reason"] == "length")
                // Both at once, with the special token.
                expectCall(
                    try await choice(server, Self.tools("auto") + Self.format + Self.bias(TinyChat.firstMarker)))
                expectContent(try await choice(server, Self.tools("auto") + Self.format + Self.towardsContent))
            }
        }

        @Test func otherAPIs() async throws {
            try await TestServer.run { server in
                let responses = """
                    {"input": "Hello", "temperature": 0, "parallel_tool_calls": false, "tools": [
                        {"type": "function", "name": "get.weather", "strict": true, "parameters": {"type": "object",
                         "properties": {"city": {"enum": ["Bern"]}}, "required": ["city"], "additionalProperties": false}}],
                     "text": {"format": {"type": "json_schema", "name": "n", "schema": {"enum": [\(Self.content)]}}}
                    """
                let call = try await server.post("/v1/responses", responses + Self.towardsCalls + "}").json
                let arguments = call["output"]?.array?.map { Self.json($0["arguments"]) }
                #expect(arguments == [.object(["city": "Bern"])], "\(call.text)")
                let text = try await server.post("/v1/responses", responses + Self.towardsContent + "}").json
                let content = text["output"]?.array?[0]["content"]?.array?[0]["text"]
                #expect(Self.json(content) == .object(["answer": "yes"]), "\(text.text)")
                let messages = """
                    {"messages": [{"role": "user", "content": "Hello"}], "temperature": 0, "max_tokens": 200,
                     "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
                     "tools": [{"name": "get.weather", "input_schema": {"type": "object",
                        "properties": {"city": {"enum": ["Bern"]}}, "required": ["city"], "additionalProperties": false}}],
                     "output_config": {"format": {"type": "json_schema", "schema": {"enum": [\(Self.content)]}}}}
                    """
                let answer = try await server.post("/v1/messages", messages).json
                #expect(answer["content"]?.array?.map { $0["input"]?["city"] } == ["Bern"], "\(answer.text)")
                #expect(answer["stop_reason"] == "tool_use")
            }
        }

        /// A schema that can't be kept is told of by the function's name.
        @Test func schemasThatCannotBeKept() async throws {
            try await TestServer.run { server in
                let function = #"{"name": "f", "strict": true, "parameters": {"contains": {}}}"#
                let tools = #", "tools": [{"type": "function", "function": \#(function)}]"#
                let answer = try await server.post(Self.chat, TestServer.chat("Hello", tools))
                #expect(answer.status == 400)
                #expect(try answer.json["error"]?["message"]?.string?.contains("\"f\"") == true, "\(answer.text)")
            }
        }

        @Test func tooMany() async throws {
            try await TestServer.run { server in
                func tools(_ count: Int) -> String {
                    let list = (0..<count).map { #"{"type": "function", "function": {"name": "f\#($0)"}}"# }
                    return #", "max_tokens": 1, "tools": [\#(list.joined(separator: ", "))]"#
                }
                let answer = try await server.post(Self.chat, TestServer.chat("Hello", tools(129)))
                #expect(try answer.status == 400 && answer.json["error"]?["param"] == "tools", "\(answer.text)")
            }
        }
    }
}
