import OrderedCollections
import Testing
import Zonda
import ZondaFormats
import ZondaServer

extension ServerTests {
    /// Tokens of thoughts are told apart from those of the answer.
    struct ReasoningTests {
        private static let chat = "/v1/chat/completions"
        /// A model whose thoughts stand between tags that are text to it.
        private static func thinking() async throws -> Runner {
            try await TinyChat.runner(template: TinyChat.template + "{# <think> and </think> #}")
        }

        /// Five tokens of thoughts, as every byte is one.
        private static let guided = #", "max_tokens": 100, "guided_regex": "<think>hm hm</think>yes""#

        private func expectFive(_ usage: JSONValue?, text: String = "<think>hm hm</think>yes") {
            #expect(usage?["completion_tokens_details"]?["reasoning_tokens"] == 5, "\(String(describing: usage))")
            #expect(usage?["completion_tokens"]?.integer ?? 0 >= text.utf8.count)
        }

        @Test func chats() async throws {
            try await TestServer.run(runner: try await Self.thinking()) { server in
                let json = try await server.post(Self.chat, TestServer.chat("Hello", Self.guided)).json
                let message = json["choices"]?.array?[0]["message"]
                #expect(message?["reasoning_content"] == "hm hm" && message?["content"] == "yes")
                expectFive(json["usage"])
                let two = try await server.post(Self.chat, TestServer.chat("Hello", Self.guided + #", "n": 2"#)).json
                #expect(two["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 10)
            }
        }

        /// Text that is held back, as it may become a stop string, was generated all the same.
        @Test(arguments: ["", #", "stop": ["yes and so much more that never comes"]"#])
        func streams(stop: String) async throws {
            try await TestServer.run(runner: try await Self.thinking()) { server in
                let members = Self.guided + stop + #", "stream": true, "stream_options": {"include_usage": true}"#
                let events = try await server.post(Self.chat, TestServer.chat("Hello", members)).jsonEvents
                expectFive(events.last?["usage"])
            }
        }

        @Test func responses() async throws {
            try await TestServer.run(runner: try await Self.thinking()) { server in
                let body = #"{"input": "a", "temperature": 0, "guided_regex": "<think>hm hm</think>yes""#
                let whole = try await server.post("/v1/responses", body + "}").json
                #expect(whole["output"]?.array?.map { $0["type"] } == ["reasoning", "message"])
                let events = try await server.post("/v1/responses", body + #", "stream": true}"#).jsonEvents
                for usage in [whole["usage"], events.last?["response"]?["usage"]] {
                    #expect(usage?["output_tokens_details"]?["reasoning_tokens"] == 5)
                }
            }
        }

        @Test func thoughtsThatDoNotEnd() async throws {
            let template = TinyChat.template + "<think>"
            let runner = try await TinyChat.runner(markers: ["<think>", "</think>"], template: template)
            try await TestServer.run(runner: runner) { server in
                let bias = #""logit_bias": {"\#(TinyChat.firstMarker + 1)": -100}"#
                let json = try await server.post(
                    Self.chat, TestServer.chat("Hello", #", "max_tokens": 20, \#(bias)"#)
                ).json
                #expect(json["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 20)
                #expect(json["choices"]?.array?[0]["message"]?["content"] == "")
            }
        }

        @Test func modelsThatDoNotThink() async throws {
            try await TestServer.run { server in
                let json = try await server.post(Self.chat, TestServer.chat("Hello", #", "max_tokens": 5"#)).json
                #expect(json["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 0)
                // A completion's thoughts are text as any other.
                let body = #"{"prompt": "a", "max_tokens": 5}"#
                let usage = try await server.post("/v1/completions", body).json["usage"]
                #expect(usage?["completion_tokens"] != nil && usage?["completion_tokens_details"] == nil)
            }
        }
    }
}
