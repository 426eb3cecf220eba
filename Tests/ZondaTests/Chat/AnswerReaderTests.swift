import Foundation
import TestSupport
import Testing
import ZondaFormats

@testable import Zonda

/// What answers' texts turn out to be: content, thoughts and calls, however the text was cut into pieces.
struct AnswerReaderTests {
    /// A whole answer, read.
    struct Reading: Equatable {
        struct Call: Equatable {
            var name: String
            var arguments = ""
            var end: AnswerPart.CallEnd?
        }

        var content = ""
        var reasoning = ""
        var calls: [Call] = []
        /// What all parts together stood for.
        var source = ""
    }

    private static func format(
        _ tools: ToolFormat?, _ reasoning: ReasoningFormat? = nil, _ beginning: ReasoningFormat.Beginning = .open
    ) -> AnswerReader.Format {
        .init(
            reasoning: reasoning, beginning: beginning, tools: tools,
            schemas: ["get_weather": .null, "book-table": .null, "now": .null])
    }

    private func read(_ pieces: [String], _ format: AnswerReader.Format) -> Reading {
        var reader = AnswerReader(format)
        var reading = Reading()
        var parts: [AnswerPart] = []
        for piece in pieces { parts += reader.append(piece) }
        parts += reader.finish()
        for part in parts {
            reading.source += part.source
            switch part {
            case .content(let text): reading.content += text
            case .reasoning(let text): reading.reasoning += text
            case .markup: break
            case .callBegan(let index, let name):
                #expect(index == reading.calls.count)
                reading.calls.append(Reading.Call(name: name))
            case .callArguments(let index, let text): reading.calls[index].arguments += text
            case .callEnded(let index, let end, _):
                #expect(reading.calls[index].end == nil)
                reading.calls[index].end = end
            }
        }
        #expect(reader.completeCallCount == reading.calls.count { $0.end == .complete })
        #expect(reader.isCut == reading.calls.contains { $0.end == .cut })
        return reading
    }

    /// Read in one piece; every way of cutting it in two or by characters must give the same.
    private func read(_ text: String, _ format: AnswerReader.Format) -> Reading {
        let whole = read([text], format)
        #expect(whole.source == text)
        #expect(read(text.unicodeScalars.map { String($0) }, format) == whole)
        for cut in text.unicodeScalars.indices {
            #expect(read([String(text[..<cut]), String(text[cut...])], format) == whole)
        }
        return whole
    }

    private let weather = Reading.Call(name: "get_weather", arguments: #"{"city": "Zürich"}"#, end: .complete)
    private let table = Reading.Call(name: "book-table", arguments: #"{"seats": [2, 1.5e3], "a": {}}"#, end: .complete)

    /// The same two calls as each family writes them.
    struct Sample: Sendable {
        var format: ToolFormat
        var text: String

        init(_ format: ToolFormat, _ text: String) {
            self.format = format
            self.text = text
        }
    }

    static let samples: [Sample] = [
        Sample(
            .hermes,
            """
            <tool_call>
            {"name": "get_weather", "arguments": {"city": "Zürich"}}
            </tool_call>
            <tool_call>
            {"name": "book-table", "arguments": {"seats": [2, 1.5e3], "a": {}}}
            </tool_call>
            """),
        Sample(
            .hermes,
            """
            <tool_call>{"arguments":{"city": "Zürich"},"id":7,"name":"get_weather"}</tool_call> \
            <tool_call>[{"name":"book-table","parameters":{"seats": [2, 1.5e3], "a": {}}}]
            """),
        Sample(
            .llama3,
            """
            {"type": "function", "name": "get_weather", "parameters": {"city": "Zürich"}}; \
            {"name": "book-table", "parameters": {"seats": [2, 1.5e3], "a": {}}}
            """),
        Sample(
            .llama3,
            """
            <|python_tag|>{"name": "get_weather", "parameters": {"city": "Zürich"}}\
            <|python_tag|>{"name": "book-table", "parameters": {"seats": [2, 1.5e3], "a": {}}}
            """),
        Sample(
            .mistralList,
            """
            [TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Zürich"}, "id": "abc"}, \
            {"name": "book-table", "arguments": {"seats": [2, 1.5e3], "a": {}}}]
            """),
        Sample(
            .mistralNamed,
            """
            [TOOL_CALLS]get_weather[ARGS]{"city": "Zürich"}\
            [TOOL_CALLS]book-table[CALL_ID]a1B2c3D4e[ARGS]{"seats": [2, 1.5e3], "a": {}}
            """),
        Sample(
            .granite3,
            """
            <|tool_call|>[{"name": "get_weather", "arguments": {"city": "Zürich"}},\
             {"name": "book-table", "arguments": {"seats": [2, 1.5e3], "a": {}}}]
            """),
        Sample(
            .phi4,
            """
            <|tool_call|>[{"name": "get_weather", "arguments": {"city": "Zürich"}}, \
            {"name": "book-table", "arguments": {"seats": [2, 1.5e3], "a": {}}}]<|/tool_call|>
            """),
        Sample(
            .qwenTags,
            """
            <tool_call>
            <function=get_weather>
            <parameter=city>
            Zürich
            </parameter>
            </function>
            </tool_call>
            <tool_call><function=book-table><parameter=seats>[2, 1.5e3]</parameter> <parameter=a>
            {}
            </parameter></function></tool_call>
            """),
        Sample(
            .tagList,
            """
            <tool_calls>[{"name": "get_weather", "arguments": "{\\"city\\": \\"Zürich\\"}"}, \
            {"name": "book-table", "arguments": {"seats": [2, 1.5e3], "a": {}}}]</tool_calls>
            """),
    ]

    @Test(arguments: samples)
    func calls(_ sample: Sample) {
        let (format, text) = (sample.format, sample.text)
        let reading = read(text, Self.format(format))
        #expect(reading.calls == [weather, table])
        #expect(reading.content == "")
        // Words before calls are content; white space between is not.
        let said = read("Let me see.\n\n" + text + "\n", Self.format(format))
        if format != .llama3 || text.hasPrefix("<") {
            #expect(said.calls == [weather, table])
            #expect(said.content == "Let me see.")
        } else {
            #expect(said.calls.isEmpty, "without a marker, only a whole answer is a call")
        }
    }

    @Test(arguments: [
        ToolFormat.hermes, .llama3, .mistralList, .mistralNamed, .granite3, .phi4, .tagList, .qwenTags,
    ])
    func whatAFormatWritesItReads(_ format: ToolFormat) throws {
        let calls = [
            ToolCall(id: "", name: "get_weather", arguments: #"{"city": "Zürich"}"#),
            ToolCall(id: "", name: "book-table", arguments: #"{"seats": [2, 1.5e3], "a": {}}"#),
        ]
        let reading = read(format.text(of: calls), Self.format(format)).calls
        #expect(reading.map(\.name) == calls.map(\.name) && reading.map(\.end) == [.complete, .complete])
        let values = try reading.map { try JSONValue(parsing: $0.arguments, name: $0.arguments) }
        #expect(values == (try calls.map { try JSONValue(parsing: $0.arguments, name: $0.arguments) }))
    }

    @Test func argumentsComeAsTheyAreGenerated() {
        var reader = AnswerReader(Self.format(.hermes))
        #expect(reader.append("Well.\n<tool_").contains(.content("Well.")))
        #expect(reader.append("call>\n{\"name\": \"get_wea") == [])
        #expect(reader.append("ther\", \"arguments\": {\"ci").last == .callArguments(index: 0, "{\"ci"))
        #expect(reader.append("ty\": \"Zü") == [.callArguments(index: 0, "ty\": \"Zü")])
        #expect(reader.completeCallCount == 0)
        #expect(reader.append("rich\"}").last == .callArguments(index: 0, "rich\"}"))
        #expect(reader.append("}").last?.source.hasPrefix("<tool_call>") == true)
        #expect(reader.completeCallCount == 1)
    }

    @Test(arguments: [
        "<tool_call>\n{\"name\": \"unknown\", \"arguments\": {}}\n</tool_call>",
        "A <tool_call> is a tag, as is </tool_call>.",
        "<tool_call>\n{\"arguments\": {\"city\": 1}}\n</tool_call>",
        "<tool_call>\n{\"name\": \"now\", \"arguments\": [1]}",
        "<tool_call>\n{name: \"now\"}",
        "<tool_call", "1 < 2 and <t", "<tool_call>\n{\"name\": 5}", "  \n ", "x\n\n",
    ])
    func whatIsNoCallIsText(_ text: String) {
        let reading = read(text, Self.format(.hermes))
        #expect(reading.calls.allSatisfy { $0.end == .broken })
        #expect(reading.calls.isEmpty ? reading.content == text : true)
    }

    @Test func brokenCallsAreGivenUp() {
        let reading = read(
            "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": oops}} <tool_call>{\"name\": \"now\"}",
            Self.format(.hermes))
        #expect(reading.calls.map(\.end) == [.broken, .complete])
        #expect(reading.calls[1].arguments == "{}")
        #expect(reading.content == "oops}}")
    }

    @Test func anAnswerMayEndInsideACall() {
        let reading = read("<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": 1", Self.format(.hermes))
        #expect(reading.calls == [Reading.Call(name: "now", arguments: "{\"a\": 1", end: .cut)])
    }

    @Test func lineEndsInStringsBecomeJSON() throws {
        let reading = read(
            "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": \"x\ny\u{1}\"}}", Self.format(.hermes))
        #expect(reading.calls == [Reading.Call(name: "now", arguments: #"{"a": "x\ny\u0001"}"#, end: .complete)])
    }

    private static let thoughtful: [(String, String, String)] = [
        ("<think>\nA fox.\n\nOr two.\n</think>\n\nYes.", "A fox.\n\nOr two.", "Yes."),
        ("\n<think>\n\n</think>\n\nYes.", "", "Yes."),
        ("<think>Never ends", "Never ends", ""),
        ("<think", "", "<think"), ("Yes. <think>no</think>", "", "Yes. <think>no</think>"), ("  Yes", "", "  Yes"),
    ]

    @Test func thoughts() {
        for (text, reasoning, content) in Self.thoughtful {
            let reading = read(text, Self.format(nil, .think))
            #expect(reading.reasoning == reasoning, "\(text)")
            #expect(reading.content == content, "\(text)")
        }
    }

    @Test func thoughtsThatThePromptHasOpened() {
        let reading = read("So.\n</think>\n\nYes.", Self.format(nil, .think, .thinking))
        #expect(reading.reasoning == "So.")
        #expect(reading.content == "Yes.")
    }

    @Test func granitesAnswerHasTagsToo() {
        let reading = read(
            "<think>So.</think>\n<response>Yes, <b>.</response>\n", Self.format(nil, .granite))
        #expect(reading.reasoning == "So.")
        #expect(reading.content == "Yes, <b>.\n")
        #expect(read("<think>So.</think>Yes.", Self.format(nil, .granite)).content == "Yes.")
    }

    @Test func callsAfterThoughts() {
        let call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Zürich\"}}\n</tool_call>"
        let reading = read("<think>\nI might \(call).\n</think>\n\n\(call)", Self.format(.hermes, .think))
        #expect(reading.calls == [weather])
        #expect(reading.reasoning == "I might \(call).")
        #expect(reading.content == "")
    }

    /// 100,000 damaged answers: nothing is lost, nothing depends on the cuts, and complete calls have arguments.
    @Test(arguments: [
        Sample(.hermes, #"Hm <tool_call>{"name":"now","arguments":{"a":[1,"é\n"]}}</tool_call>"#),
        Sample(.mistralNamed, #"[TOOL_CALLS]now[CALL_ID]a1B2[ARGS]{"a":[1,"é\n"]}[TOOL_CALLS]now{"b":-1.5}"#),
        Sample(.llama3, #"{"name":"now","parameters":{"a":[1,"é\n"]}}; {"name":"now","parameters":null}"#),
        Sample(.granite3, #"<|tool_call|>[{"name":"now","arguments":{"a":[1,"é\n"]}},{"name":"now"}]"#),
        Sample(
            .qwenTags, "<tool_call>\n<function=now>\n<parameter=a>\n[1,\"é\"]\n</parameter>\n</function></tool_call>"),
    ])
    func mutants(_ sample: Sample) {
        var mutator = ByteMutator(seed: 5)
        let format = Self.format(sample.format, .think)
        for _ in 0..<ByteMutator.roundCount / 4 {
            let text = String(decoding: mutator.mutated(Array(sample.text.utf8)), as: UTF8.self)
            let whole = read([text], format)
            let cut = text.unicodeScalars.index(text.startIndex, offsetBy: text.unicodeScalars.count / 2)
            let halves = read([String(text[..<cut]), String(text[cut...])], format)
            if whole != halves || whole.source != text { Issue.record("\(text.debugDescription)") }
            for call in whole.calls where call.end == .complete {
                // As clients do: a key that is there twice is none of our affair.
                let arguments = try? JSONSerialization.jsonObject(with: Data(call.arguments.utf8))
                if !(arguments is [String: Any]) { Issue.record("\(text.debugDescription): \(call.arguments)") }
            }
        }
    }
}
