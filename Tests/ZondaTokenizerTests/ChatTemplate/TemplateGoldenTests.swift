import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats
import ZondaTokenizer

/// Every golden case, compared with jinja2 3.1 as transformers sets it up.
@Suite struct TemplateGoldenTests {
    @Test func features() throws {
        let golden = try JSONValue(parsing: try Files.text(Golden.path("jinja_features.json")), name: "features")
        let now = try #require(golden["now"]?.string.flatMap(CalendarTime.init(parsing:)))
        let cases = try #require(golden["cases"]?.array)
        #expect(cases.count == 231)
        for (index, item) in cases.enumerated() {
            let source = try #require(item["source"]?.string)
            check(item, "case \(index): \(source)") { () throws(ZondaError) in
                try Template(parsing: source).render(context: item["context"] ?? .object([:]), now: now)
            }
        }
    }

    @Test(.enabled(if: Golden.shared("chat_templates.json") != nil, "shared golden data is not there"))
    func realTemplates() throws {
        let path = try #require(Golden.shared("chat_templates.json"))
        let golden = try JSONValue(parsing: try Files.text(path), name: path)
        let now = try #require(golden["now"]?.string.flatMap(CalendarTime.init(parsing:)))
        let cases = try #require(golden["cases"]?.array)
        #expect(cases.count == 2904)
        var templates: [String: Template] = [:]
        for item in cases {
            let name = try #require(item["template"]?.string)
            let conversation = try #require(item["conversation"]?.string)
            let context = try #require(golden["conversations"]?[conversation])
            if templates[name] == nil {
                templates[name] = try? Template(parsing: try #require(golden["templates"]?[name]?.string))
            }
            check(item, "\(name), \(conversation)") { () throws(ZondaError) in
                guard let template = templates[name] else {
                    throw ZondaError(.badTemplate, "the template does not compile")
                }
                return try template.render(context: context, now: now)
            }
        }
    }

    /// The text must be equal; for an error, that there is one, and what `raise_exception` was given.
    private func check(_ item: JSONValue, _ label: String, _ render: () throws(ZondaError) -> String) {
        do {
            let text = try render()
            guard let expected = item["expected"]?.string else {
                Issue.record("\(label): rendered \(text), expected \(item["error"]?.string ?? "an error")")
                return
            }
            #expect(Array(text.utf8) == Array(expected.utf8), "\(label): \(text), expected \(expected)")
        } catch {
            guard let expected = item["error"]?.string else {
                Issue.record("\(label): \(error)")
                return
            }
            #expect(error.code == .badTemplate)
            if !expected.contains("Error: ") { #expect(error.facts["raised"] == expected, "\(label)") }
        }
    }
}
