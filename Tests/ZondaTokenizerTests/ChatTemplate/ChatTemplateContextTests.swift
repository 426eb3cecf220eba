import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats
import ZondaTokenizer

@Suite struct ChatTemplateContextTests {
    private func message(_ fields: OrderedDictionary<String, JSONValue>) -> JSONValue { .object(fields) }

    @Test func optionalPartsAreNoneOrMissing() throws {
        var context = ChatTemplateContext(messages: [])
        #expect(context.object["tools"] == .null)
        #expect(context.object["documents"] == .null)
        #expect(context.object["add_generation_prompt"] == .bool(true))
        #expect(context.object["bos_token"] == nil)
        #expect(context.object["eos_token"] == nil)
        context.tools = []
        context.documents = [.object(["title": .string("t")])]
        context.addsGenerationPrompt = false
        context.bosToken = "<s>"
        context.eosToken = "</s>"
        #expect(context.object["tools"] == .array([]))
        #expect(context.object["documents"] == .array([.object(["title": .string("t")])]))
        #expect(context.object["add_generation_prompt"] == .bool(false))
        let template = try Template(
            parsing: "{{ bos_token }}{{ tools is none }}{{ documents[0].title }}{{ eos_token }}")
        #expect(try template.render(context: context.object) == "<s>Falset</s>")
    }

    @Test func extraVariablesWin() {
        var context = ChatTemplateContext(messages: [])
        context.bosToken = "<s>"
        context.extra = ["bos_token": .string("<bos>"), "enable_thinking": .bool(false)]
        #expect(context.object["bos_token"] == .string("<bos>"))
        #expect(context.object["enable_thinking"] == .bool(false))
    }

    @Test func nullFieldsAreDropped() {
        let given = message(["role": .string("assistant"), "content": .null, "tool_calls": .array([.null])])
        let context = ChatTemplateContext(messages: [given])
        let expected = message(["role": .string("assistant"), "tool_calls": .array([.null])])
        #expect(context.object["messages"] == .array([expected]))
    }

    @Test(arguments: ["reasoning_content", "thinking", "reasoning"]) func reasoningHasBothNames(_ name: String) {
        let context = ChatTemplateContext(messages: [message(["role": .string("assistant"), name: .string("hm")])])
        let built = context.object["messages"]?.array?.first
        #expect(built?["reasoning_content"] == .string("hm"))
        #expect(built?["thinking"] == .string("hm"))
    }

    @Test func messagesThatAreNoObjectsStay() {
        #expect(ChatTemplateContext(messages: [.string("x")]).object["messages"] == .array([.string("x")]))
    }
}

@Suite struct ChatTemplatesTests {
    @Test func oneTemplate() throws {
        let templates = try ChatTemplates(parsing: .string("one"))
        #expect(try templates.source() == "one")
        #expect(try templates.source(hasTools: true) == "one")
    }

    @Test func namedTemplates() throws {
        func entry(_ name: String) -> JSONValue { .object(["name": .string(name), "template": .string("<\(name)>")]) }
        let templates = try ChatTemplates(parsing: .array([entry("default"), entry("tool_use"), entry("rag")]))
        #expect(try templates.source() == "<default>")
        #expect(try templates.source(hasTools: true) == "<tool_use>")
        #expect(try templates.source(named: "rag", hasTools: true) == "<rag>")
        expectError(.notFound, "missing", "default, rag, tool_use") { _ = try templates.source(named: "missing") }
    }

    @Test(arguments: [
        JSONValue.null, .integer(1), .array([]), .object([:]), .array([.string("x")]),
        .array([.object(["name": .string("default")])]),
    ])
    func wrongKinds(_ json: JSONValue) {
        expectError(.badConfiguration, "template") { _ = try ChatTemplates(parsing: json) }
    }

    @Test func noDefault() throws {
        let templates = ChatTemplates(["rag": "x"])
        expectError(.notFound, "default", "rag") { _ = try templates.source() }
    }
}
