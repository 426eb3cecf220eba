import OrderedCollections
import Testing
import ZondaFormats
import ZondaWire

@testable import ZondaServer

/// `/openapi.json` says what the tables say that requests are checked against.
struct OpenAPIDocumentTests {
    private let schemas = OpenAPIDocument.json["components"]?["schemas"] ?? .null

    @Test(arguments: WireRoute.all.map(\.name))
    func everyMemberThatIsTakenIsInTheDocumentAndNoOther(_ name: String) throws {
        let route = try #require(WireRoute.all.first { $0.name == name })
        let schema = try #require(schemas["\(name)Request"])
        expect(schema, says: route.fields, at: name)
    }

    /// Compares members at every depth.
    private func expect(_ schema: JSONValue, says fields: [WireField], at path: String) {
        let refused = fields.filter { if case .refused = $0.support { true } else { false } }.map(\.name)
        let taken = fields.map(\.name).filter { !refused.contains($0) }
        #expect(Array(schema["properties"]?.object?.keys ?? []).sorted() == taken.sorted(), "\(path)")
        #expect(Array(schema["x-refused"]?.object?.keys ?? []).sorted() == refused.sorted(), "\(path)")
        let required = schema["required"]?.array?.compactMap(\.string) ?? []
        #expect(required == fields.filter(\.isRequired).map(\.name), "\(path)")
        #expect(schema["additionalProperties"] == false, "\(path)")
        for field in fields where taken.contains(field.name) {
            let property = schema["properties"]?[field.name] ?? .null
            #expect(property["description"]?.string == field.summary, "\(path).\(field.name)")
            expect(property, says: field.kind, at: "\(path).\(field.name)")
        }
    }

    private func expect(_ schema: JSONValue, says kind: WireField.Kind, at path: String) {
        switch kind {
        case .object(let fields): expect(schema, says: fields, at: path)
        case .list(let element, _): expect(schema["items"] ?? .null, says: element, at: path + "[]")
        case .either(let kinds):
            for (index, kind) in kinds.enumerated() {
                guard let choices = schema["anyOf"]?.array, index < choices.count else {
                    Issue.record("\(path) has too few choices")
                    return
                }
                expect(choices[index], says: kind, at: path)
            }
        case .boolean, .integer, .number, .string, .oneOf, .map, .anything: break
        }
    }

    @Test func namesAndReferencesAreWhole() {
        let paths = WireRoute.all.map(\.path) + PlainRoute.all.map(\.path)
        #expect(Set(paths).count == paths.count)
        #expect(OpenAPIDocument.json["paths"]?.object?.count == paths.count)
        for reference in references(in: OpenAPIDocument.json) {
            let steps = reference.split(separator: "/").dropFirst().map(String.init)
            let found = steps.reduce(OpenAPIDocument.json as JSONValue?) { $0?[$1] }
            #expect(found != nil, "\(reference) leads nowhere")
        }
    }

    private func references(in value: JSONValue) -> [String] {
        if let elements = value.array { return elements.flatMap(references) }
        guard let members = value.object else { return [] }
        return (members["$ref"]?.string.map { [$0] } ?? []) + members.values.flatMap(references)
    }

    @Test func whatMayBeLeftOutMayBeNull() {
        let properties = schemas["ChatCompletionRequest"]?["properties"]
        #expect(properties?["temperature"]?["type"] == .array(["number", "null"]))
        #expect(properties?["reasoning_effort"]?["enum"]?.array?.contains(.null) == true)
        #expect(properties?["stop"]?["anyOf"]?.array?.last == .object(["type": "null"]))
        #expect(properties?["messages"]?["type"] == "array")
    }

    @Test func boundsAreThoseOfTheTables() {
        let properties = schemas["ChatCompletionRequest"]?["properties"]
        #expect(properties?["top_p"]?["minimum"]?.double == 0)
        #expect(properties?["top_p"]?["maximum"]?.double == 1)
        #expect(properties?["top_logprobs"]?["maximum"]?.integer == 20)
        #expect(properties?["seed"]?["minimum"] == nil)
    }
}
