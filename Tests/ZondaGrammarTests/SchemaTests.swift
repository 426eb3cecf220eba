import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaGrammar

@Suite struct SchemaTests {
    private func grammar(_ schema: String) throws -> Grammar {
        try Grammar(jsonSchema: JSONValue(parsing: schema, name: "schema"))
    }

    private func check(_ schema: String, accepts: [String], refuses: [String]) throws {
        let grammar = try grammar(schema)
        for text in accepts { #expect(try grammar.accepts(text), "\(schema): \(text)") }
        for text in refuses { #expect(try !grammar.accepts(text), "\(schema): \(text)") }
    }

    @Test func objects() throws {
        let schema = #"""
            {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "null"}},
            "required": ["b"], "additionalProperties": false}
            """#
        try check(
            schema,
            accepts: [
                #"{"b":""}"#, #"{"a": 1, "b": "x", "c": null}"#, #"{"b": "x", "c": null}"#,
                "{\n  \"a\": -12,\n  \"b\": \"\\n\\u00e9\\ud83d\\ude00\"\n}", #"{ "b":"" }"#,
            ],
            refuses: [
                "{}", #"{"a":1}"#, #"{"b":"","a":1}"#, #"{"b":"","b":""}"#, #"{"b":"","d":1}"#, #"{"a":01,"b":""}"#,
                #"{"b":"\ud83d"}"#, "{\"b\":\"\n\"}", #"{"b":""}}"#, #"{"b":"",}"#, #"{  "b":""}"#, #"{"b"  :""}"#,
            ])
        try check(
            #"{"properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "boolean"}}"#,
            accepts: [#"{"a": 1, "x": true, "y": false}"#, #"{"aa": true}"#, "3", "[1]"],
            refuses: [#"{"x": 1}"#, #"{"x": true, "a": 1}"#, #"{"\u0061": true}"#])
        try check(
            #"{"type": "object", "minProperties": 1, "maxProperties": 2}"#,
            accepts: [#"{"a":1}"#, #"{"a":1,"b":2}"#], refuses: ["{}", #"{"a":1,"b":2,"c":3}"#])
        try check(
            #"""
            {"type": "object", "patternProperties": {"^f": {"type": "integer"}}, "additionalProperties":
            {"type": "string"}}
            """#,
            accepts: [#"{"foo":1,"b":"x"}"#, "{}"], refuses: [#"{"foo":"x"}"#, #"{"b":1}"#])
        try check(
            #"""
            {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": {"type":
            "null"}}
            """#,
            accepts: [#"{"abc":null}"#], refuses: [#"{"Abc":null}"#, #"{"a1":null}"#])
        try check(
            #"{"type": "object", "properties": {"a": true, "b": true}, "dependentRequired": {"a": ["b"]}}"#,
            accepts: [#"{"a":1,"b":2}"#, #"{"b":1}"#, "{}"], refuses: [#"{"a":1}"#])
    }

    @Test func arrays() throws {
        try check(
            #"""
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": {"type":
            "null"}, "minItems": 1}
            """#,
            accepts: ["[1]", #"[1, "a"]"#, #"[1, "a", null, null]"#], refuses: ["[]", #"["a"]"#, #"[1, "a", 1]"#])
        try check(
            #"{"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 700}"#,
            accepts: ["[true,false]", "[" + Array(repeating: "true", count: 700).joined(separator: ", ") + "]"],
            refuses: ["[true]", "[" + Array(repeating: "true", count: 701).joined(separator: ", ") + "]"])
        try check(#"{"type": "array", "maxItems": 0}"#, accepts: ["[]"], refuses: ["[1]"])
    }

    @Test func strings() throws {
        try check(
            #"{"type": "string", "minLength": 2, "maxLength": 3}"#,
            accepts: [#""ab""#, #""é🦙€""#, #""\ud83e\udd99\u20ac""#, #""\n\\""#],
            refuses: [#""a""#, #""abcd""#, #""🦙""#])
        try check(#"{"type": "string", "pattern": "ab+"}"#, accepts: [#""xabby""#], refuses: [#""a""#])
        try check(
            #"{"type": "string", "pattern": "^[a-z\\n\"]+$", "maxLength": 4}"#,
            accepts: [#""a\n\"b""#, #""\u0061""#], refuses: [#""a\tb""#, #""abcde""#])
        try check(
            #"{"format": "date-time", "type": "string"}"#,
            accepts: [#""2024-02-29T12:00:00Z""#], refuses: [#""2023-02-29T12:00:00Z""#, #""2024-02-29 12:00:00Z""#])
    }

    /// A format says nothing of numbers, whichever keyword comes first.
    @Test(arguments: [
        #"{"format": "int32", "type": "integer"}"#, #"{"type": "integer", "format": "int32"}"#,
        #"{"allOf": [{"format": "int32"}], "type": "integer"}"#,
    ])
    func formatsOfNumbersSayNothing(_ schema: String) throws {
        try check(schema, accepts: ["1"], refuses: ["1.5", "\"1\""])
    }

    @Test func lengthsThatExcludeEachOther() throws {
        let schema = #"{"type": ["string", "null"], "minLength": 2000, "maxLength": 1000"#
        for rest in ["}", #", "pattern": "a"}"#] {
            try check(schema + rest, accepts: ["null"], refuses: ["\""])
        }
    }

    @Test func numbers() throws {
        try check(
            #"{"type": "number", "minimum": -1.5, "exclusiveMaximum": 2.25}"#,
            accepts: ["-1.5", "0", "2.2499", "-0.5", "2", "-1.50"],
            refuses: ["-1.51", "2.25", "3", "-2", "2.250", "1e5"])
        try check(
            #"{"type": "integer", "multipleOf": 3, "minimum": 10}"#, accepts: ["12", "300"],
            refuses: ["9", "10", "-12"])
        try check(
            #"{"type": "integer", "exclusiveMinimum": -10, "maximum": 9}"#, accepts: ["-9", "0", "9"],
            refuses: ["-10", "10"])
        try check(#"{"type": "number"}"#, accepts: ["1.5e-3", "-0", "12"], refuses: ["01", ".5", "1.", "1e999", "+1"])
    }

    /// Every bound against every number near it.
    @Test func boundsOfNumbers() throws {
        let values = [
            "-10.5", "-10", "-1.25", "-1", "-0.5", "0", "0.05", "0.5", "1", "1.2", "9.99", "10", "10.01", "99", "100",
        ]
        for bound in values {
            for keyword in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] {
                let grammar = try TokenGrammar(
                    grammar(#"{"type": "number", "\#(keyword)": \#(bound)}"#), Vocabularies.bytes())
                for value in values {
                    let (a, b) = (try #require(Double(value)), try #require(Double(bound)))
                    let isValid =
                        switch keyword {
                        case "minimum": a >= b
                        case "maximum": a <= b
                        case "exclusiveMinimum": a > b
                        default: a < b
                        }
                    #expect(try grammar.accepts(value) == isValid, "\(value) with \(keyword) \(bound)")
                }
            }
        }
    }

    @Test func choices() throws {
        try check(
            #"{"enum": ["a", 1, 2.0, null, {"k": [1, 2]}]}"#, accepts: [#""a""#, "1", "2", "null", #"{"k": [1, 2]}"#],
            refuses: ["3", #""b""#])
        try check(
            #"{"type": "string", "enum": ["a", 1, "bcd"], "maxLength": 2}"#, accepts: [#""a""#],
            refuses: ["1", #""bcd""#])
        try check(
            #"""
            {"oneOf": [{"properties": {"k": {"const": "a"}}, "required": ["k"], "type": "object"},
            {"properties": {"k": {"const": "b"}, "v": {"type": "integer"}}, "required": ["k", "v"], "type":
            "object", "additionalProperties": false}]}
            """#,
            accepts: [#"{"k":"a"}"#, #"{"k":"b","v":1}"#, #"{"k":"a","v":"x"}"#],
            refuses: [#"{"k":"b"}"#, #"{"k":"b","v":1,"z":2}"#])
        try check(
            #"""
            {"allOf": [{"properties": {"a": {"minimum": 3}}}, {"properties": {"a": {"type": "integer"}},
            "required": ["a"], "type": "object", "additionalProperties": {"type": "null"}}]}
            """#,
            accepts: [#"{"a": 3}"#, #"{"a": 3, "b": null}"#], refuses: [#"{"a": 2}"#, #"{"a": 3, "b": 1}"#])
        try check(
            #"{"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]}"#, accepts: ["3", "5.5"],
            refuses: ["3.5"])
        try check(
            #"{"not": {"type": ["string", "object", "array"]}}"#, accepts: ["1", "null"], refuses: ["\"\"", "{}"])
    }

    /// Numbers are equal by value, objects in any order.
    @Test func valuesOfSeveralLists() throws {
        try check(
            #"""
            {"enum": [1.0, 2, {"a": 1, "b": [2.0]}, "x"], "allOf": [{"enum": ["x", {"b": [2], "a": 1}, 1]}, {"enum":
            [1, {"a": 1.0, "b": [2]}]}]}
            """#,
            accepts: ["1", #"{"a":1,"b":[2]}"#], refuses: ["2", #""x""#])
    }

    @Test func references() throws {
        try check(
            ##"""
            {"$defs": {"node": {"type": "object", "properties": {"v": {"type": "integer"}, "next": {"anyOf":
            [{"$ref": "#/$defs/node"}, {"type": "null"}]}}, "required": ["v", "next"],
            "additionalProperties": false}}, "$ref": "#/$defs/node"}
            """##,
            accepts: [#"{"v":1,"next":{"v":2,"next":null}}"#], refuses: [#"{"v":1}"#, #"{"v":1,"next":{}}"#])
        try check(
            ##"""
            {"type": "array", "items": {"anyOf": [{"$ref": "#"}, {"$ref": "#leaf"}]}, "$defs": {"x":
            {"$anchor": "leaf", "type": "integer"}}}
            """##,
            accepts: ["[1, [2, []]]"], refuses: ["[true]", "1"])
    }

    @Test(arguments: [
        (#"{"properties": {"a/b": {"contains": {}}}}"#, "\"contains\"", "/properties/a~1b/contains"),
        (#"{"uniqueItems": true}"#, "uniqueItems", "/uniqueItems"), (#"{"minimun": 3}"#, "\"minimun\"", "/minimun"),
        (#"{"$ref": "http://example.com/x"}"#, "leaves the document", "/$ref"),
        (##"{"$ref": "#/$defs/a"}"##, "not there", "/$ref"),
        (##"{"$ref": "#"}"##, "refers to itself", "the root"), (#"{"type": "strin"}"#, "strin", "/type"),
        (#"{"format": "iri"}"#, "\"iri\"", "/format"), (#"{"pattern": "(a)\\1"}"#, "references", "/pattern"),
        (#"{"multipleOf": 0.01}"#, "multipleOf", "/multipleOf"),
        (#"{"oneOf": [{"type": "integer"}, {"type": "number"}]}"#, "branches 0 and 1", "/oneOf"),
        (#"{"if": {}, "then": {}}"#, "\"then\"", "/then"), (#"{"not": {"required": ["a"]}}"#, "not", "/not"),
        (#"{"type": "object", "minProperties": 2}"#, "may repeat", "/minProperties"),
        (#"{"items": [{}]}"#, "prefixItems", "/items"),
        (#"{"unevaluatedProperties": false}"#, "unevaluatedProperties", "/unevaluatedProperties"),
        ("3", "a schema", "the root"),
        (#"{"properties": []}"#, "an object", "/properties"), (#"{"minLength": -1}"#, "a count", "/minLength"),
        (#"{"nullable": true}"#, "nullable", "/nullable"),
        (#"{"$schema": "http://json-schema.org/draft-04/schema#"}"#, "$schema", "/$schema"),
        (#"{"type": "object", "maxProperties": 2000000000}"#, "maxProperties", "the root"),
        (#"{"type": ["integer", "string"], "format": "int32"}"#, "\"int32\"", "/format"),
    ])
    func whatIsNotSupportedIsAnErrorThatNamesIt(_ schema: String, _ words: String, _ pointer: String) {
        expectError(.badRequest, words, pointer) { _ = try grammar(schema) }
    }

    @Test func aSchemaWithoutValuesIsAnError() {
        for schema in [
            "false", #"{"type": "object", "properties": {"a": false}, "required": ["a"]}"#,
            #"{"type": "integer", "minimum": 3, "maximum": 2}"#,
            // `additionalProperties` sees only the `properties` beside it.
            #"{"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}], "type": "object", "additionalProperties": false}"#,
        ] {
            expectError(.badRequest, "no text at all") { _ = try TokenGrammar(grammar(schema), Vocabularies.bytes()) }
        }
    }

    @Test func whiteSpaceIsBounded() throws {
        let indentation = String(repeating: " ", count: 64)
        try check(
            #"""
            {"type": "array", "items": {"type": "null"}}
            """#, accepts: ["[\n\(indentation)null\n]", "[ null,null ]", "[\n\t\tnull]"],
            refuses: ["[\n\(indentation) null]", "[  null]", "[\n\nnull]", " []", "[] ", "[null ,null]"])
    }
}
