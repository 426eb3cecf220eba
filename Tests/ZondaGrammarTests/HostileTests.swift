import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaGrammar

/// Texts that ask for more than they say. Each ends soon, with a grammar that works or an error of the caller's.
@Suite struct HostileTests {
    /// Compiles, and walks a few bytes.
    private func compile(_ make: () throws -> Grammar) throws {
        do {
            let tokens = try TokenGrammar(make(), Vocabularies.bytes(and: ["ab", "{\"", "\": ", "}}", "12"]))
            var state = GrammarState(tokens)
            for _ in 0..<8 where !state.hasEnded {
                guard let token = try state.allowed().first else { break }
                try state.accept(token)
            }
        } catch let error as ZondaError {
            #expect(error.code == .badRequest || error.code == .badFile, "\(error)")
        }
    }

    /// `text(0)`, `text(1)` and so on, with `separator` between them.
    private static func list(_ count: Int, _ separator: String = ",", _ text: (Int) -> String) -> String {
        (0..<count).map(text).joined(separator: separator)
    }

    private static func nest(_ depth: Int, _ open: String, _ middle: String, _ close: String) -> String {
        String(repeating: open, count: depth) + middle + String(repeating: close, count: depth)
    }

    private static func scalar(_ index: Int) -> String {
        String(Character(Unicode.Scalar(UInt32(0x4E00 + 2 * index)) ?? "x"))
    }

    // MARK: Schemas

    static let schemas: [(name: String, text: String)] = [
        ("counts", #"{"type":"object","properties":{"a":{}},"maxProperties":2000000000}"#),
        ("counts", #"{"type":"object","minProperties":2000000000,"additionalProperties":false}"#),
        ("counts", #"{"type":"array","minItems":2000000000,"maxItems":2000000001,"items":{"type":"null"}}"#),
        ("counts", #"{"type":"string","minLength":2000000000}"#),
        ("counts", #"{"type":"string","minLength":2000000000,"maxLength":3}"#),
        ("counts", #"{"type":"string","maxLength":2000000000,"pattern":"^a+$"}"#),
        ("counts", #"{"type":"string","maxLength":19000,"pattern":"a.*b"}"#),
        ("values", #"{"enum":[\#(list(100_000) { "\($0)" })]}"#),
        ("values", #"{"type":"string","enum":[\#(list(19_000) { "\"v\($0)\"" })]}"#),
        (
            "values in several lists",
            #"{"enum":[\#(list(40_000) { "\"v\($0)\"" })],"allOf":[{"enum":[\#(list(40_000) { "\"v\(39_999 - $0)\"" })]}]}"#
        ),
        (
            "values and a pattern",
            #"{"pattern":"^(\#(list(2_000, "|") { scalar($0) + "a" }))*$","enum":[\#(list(2_000) { i in "\"\(list(80, "") { scalar(i + $0) })\"" })]}"#
        ),
        ("one long value", #"{"const":"\#(String(repeating: "x", count: 1_500_000))"}"#),
        ("one deep value", #"{"const":\#(nest(120, "[", "1", "]"))}"#),
        (
            "values for each branch",
            #"{"enum":[\#(list(3_000) { "\"v\($0)\"" })],"oneOf":[\#(list(400) { #"{"pattern":"\#($0)$"}"# })]}"#
        ),
        ("branches of branches", ##"{"$ref":"#/$defs/a0","$defs":{\##(doubling(40, "anyOf", last: "false"))}}"##),
        ("branches of branches", ##"{"$ref":"#/$defs/a0","$defs":{\##(doubling(40, "oneOf", last: "false"))}}"##),
        ("branches of branches", ##"{"$ref":"#/$defs/a0","$defs":{\##(doubling(40, "allOf", last: "{}"))}}"##),
        ("branches", #"{"anyOf":[\#(list(100_000) { _ in "{}" })]}"#),
        ("products", #"{"allOf":[\#(list(30) { _ in #"{"oneOf":[{"type":"null"},{"type":"string"}]}"# })]}"#),
        ("all of many", #"{"allOf":[\#(list(60_000) { _ in "{}" })]}"#),
        ("all of many", #"{"allOf":[\#(list(20_000) { #"{"properties":{"p\#($0)":{}}}"# })]}"#),
        (
            "a chain",
            ##"{"$ref":"#/$defs/a0","$defs":{\##(list(30_000) { ##""a\##($0)":{"$ref":"#/$defs/a\##($0 + 1)"}"## })}}"##
        ),
        (
            "a chain",
            ##"{"$ref":"#/$defs/a0","$defs":{\##(list(20_000) { ##""a\##($0)":{"properties":{"x":{"$ref":"#/$defs/a\##($0 + 1)"}}}"## }),"a20000":{}}}"##
        ),
        ("nested", nest(100, #"{"allOf":["#, "{}", "]}")),
        ("nested", nest(60, #"{"properties":{"a":"#, "{}", "}}")),
        ("nested", nest(60, #"{"patternProperties":{"^a":"#, "{}", "}}")),
        ("nested", nest(120, #"{"items":"#, "{}", "}")),
        ("nested too deep", nest(60, #"{"oneOf":[{"anyOf":["#, "{}", "]}]}")),
        (
            "patterns",
            #"{"properties":{\#(list(2_000) { #""p\#($0)":{"type":"string","pattern":"(a|b)*a(a|b){12}\#($0)"}"# })}}"#
        ),
        (
            "patterns of names",
            #"{"patternProperties":{\#(list(5) { #""(a|b)*\#($0)(a|b){9}":{}"# })}}"#
        ),
        (
            "patterns of branches",
            #"{"oneOf":[\#(list(190) { #"{"type":"string","pattern":"^\#($0)x.{2000}$"}"# })]}"#
        ),
        ("letters", #"{"type":"string","pattern":"\\p{L}{0,1200}"}"#),
        ("letters", #"{"type":"string","pattern":"^\\p{L}*$","maxLength":15000}"#),
        (
            "bounds",
            #"{"properties":{\#(list(3_000) { #""p\#($0)":{"minimum":\#($0).25e-190,"maximum":1e300}"# })}}"#
        ),
        ("formats", #"{"properties":{\#(list(3_000) { #""p\#($0)":{"type":"string","format":"email"}"# })}}"#),
        (
            "names",
            #"{"properties":{\#(list(40_000) { #""\#(Unicode.Scalar(UInt32(0xF0000 + $0)) ?? "x")":{}"# })}}"#
        ),
        ("names", #"{"type":"object","required":[\#(list(100_000) { "\"n\($0)\"" })]}"#),
        ("names", #"{"propertyNames":{"maxLength":3},"properties":{\#(list(30_000) { "\"n\($0)\":{}" })}}"#),
        (
            "a large schema in many places",
            ##"{"$defs":{"s":{"properties":{\##(list(8_000) { "\"n\($0)\":{}" })}}},"properties":{\##(list(8_000) { ##""p\##($0)":{"allOf":[{"$ref":"#/$defs/s"}]}"## })}}"##
        ),
        (
            "a large value in many places",
            ##"{"$defs":{"s":{"const":"\##(String(repeating: "x", count: 300_000))"}},"properties":{\##(list(8_000) { ##""p\##($0)":{"allOf":[{"$ref":"#/$defs/s"}]}"## })}}"##
        ),
        (
            "a long name above many",
            #"{"properties":{"\#(String(repeating: "n", count: 500_000))":{"properties":{\#(list(20_000) { "\"n\($0)\":{}" })}}}}"#
        ),
        (
            "a long name above many",
            #"{"x-\#(String(repeating: "n", count: 500_000))":[\#(list(200_000) { _ in "[]" })]}"#
        ),
        ("anchors", #"{"$defs":{\#(list(30_000) { #""a\#($0)":{"$anchor":"a\#($0)"}"# })}}"#),
        ("elements", #"{"prefixItems":[\#(list(60_000) { _ in "{}" })]}"#),
        ("dependencies", #"{"dependentRequired":{\#(list(10_000) { #""a\#($0)":["b"]"# })}}"#),
        ("escapes", #"{"const":"\#(list(20_000, "") { _ in #"\ud83e\udd99"# })"}"#),
        (
            "required names of branches",
            #"{"oneOf":[\#(list(100) { i in #"{"type":"object","required":[\#(list(150) { "\"r\(i)x\($0)\"" })]}"# })]}"#
        ),
    ]

    /// Schemas a0, a1, …, each with the next twice.
    private static func doubling(_ count: Int, _ keyword: String, last: String) -> String {
        list(count) {
            ##""a\##($0)":{"\##(keyword)":[{"allOf":[{"$ref":"#/$defs/a\##($0 + 1)"}]},{"$ref":"#/$defs/a\##($0 + 1)"}]}"##
        }
            + #","a\#(count)":\#(last)"#
    }

    @Test(arguments: schemas.indices) func schema(_ index: Int) throws {
        try compile {
            try Grammar(
                jsonSchema: JSONValue(parsing: Self.schemas[index].text, name: Self.schemas[index].name, maxDepth: 1000)
            )
        }
    }

    // MARK: Regular expressions

    static let regexes = [
        "((){100000}){100000}", "(((){100000}){100000}){100000}", "(((a?){500}){500}){500}", "(a{0,100000}){0,100000}",
        nest(30_000, "(", "a", ")"), nest(200, "(", "a", "?)"), nest(200, "(", "a", "+)"),
        nest(200, "(a|", "b", "){3}"),
        String(repeating: "^", count: 60_000),
        String(repeating: "^", count: 30_000) + "a"
            + String(repeating: "$", count: 30_000),
        "^" + String(repeating: "a", count: 60_000) + "$", String(repeating: "(^|a)", count: 12),
        String(repeating: "(^|a)", count: 9) + String(repeating: "a", count: 60_000),
        String(repeating: "(^|a)", count: 9) + "(" + String(repeating: "ab?", count: 20_000) + ")",
        "(" + list(6_000, "|") { "^a\($0)$" } + ")", list(20_000, "|") { _ in "" },
        list(8_000, "|") { scalar($0) + "a" },
        "[" + list(20_000, "") { scalar(10_000 - ($0 * 7919) % 10_000) } + "]+",
        "[" + String(repeating: #"\p{L}"#, count: 13_000) + "]+", String(repeating: #"\p{L}"#, count: 10_000),
        #"\p{L}{0,1200}"#, #"(\p{L}|\p{Lu}|\p{Ll}|\d){1,300}x"#, #"[\p{L}\p{N}]{100000}"#, ".{0,100000}",
        "(.{0,200}){0,200}",
        "(a|b)*a(a|b){40}", "(a|b)*a(a|b){13}", "(x+x+)+y", "((a*)*)*", "(a|a)*",
        #"(\u{10FFFF}|\ud83e\udd99){1,100000}"#,
        list(4_000, "") { "a{\($0)}" }, list(8_000, "") { _ in "a?" } + String(repeating: "a", count: 8_000),
        list(500, "") { _ in "(a|b|c|d)*" }, String(repeating: "a*", count: 30_000),
    ]

    @Test(arguments: regexes.indices) func wholeMatch(_ index: Int) throws {
        try compile { try Grammar(regex: Self.regexes[index]) }
    }

    @Test(arguments: regexes.indices) func pattern(_ index: Int) throws {
        try compile {
            try Grammar(jsonSchema: .object(["type": .string("string"), "pattern": .string(Self.regexes[index])]))
        }
    }

    // MARK: GBNF

    static let grammars: [(name: String, text: String)] = [
        ("a chain", list(55_000, "\n") { "r\($0)::=r\($0 + 1)" } + "\nr55000::=\"a\"\nroot::=r0"),
        ("a chain that calls", list(50_000, "\n") { "r\($0)::=r\($0 + 1) \"x\"" } + "\nr50000::=\"a\"\nroot::=r0"),
        (
            "a chain that pushes",
            list(38_000, "\n") { "r\($0)::=\"x\" r\($0 + 1) \"x\"" } + "\nr38000::=\"a\"\nroot::=r0"
        ),
        ("a ring", list(50_000, "\n") { "r\($0)::=r\(($0 + 1) % 50_000)" } + "\nroot::=r0"),
        (
            "empty rules, from the last",
            "root::=" + list(40_000, " ") { "r\($0)" } + "\nr0::=\"\"\n"
                + (1..<40_000).reversed().map { "r\($0)::=r\($0 - 1)" }.joined(separator: "\n")
        ),
        (
            "alternatives",
            "root::=" + list(40_000, "|") { "r\($0)" } + "\n" + list(40_000, "\n") { "r\($0)::=\"\($0)\"" }
        ),
        (
            "alternatives of one rule",
            "root::=" + list(30_000, "|") { "r\($0)" } + "\nx::=[a-z] x|\"\"\n"
                + list(30_000, "\n") { "r\($0)::=x \"\($0)\"" }
        ),
        (
            "one rule called often",
            "root::=" + list(200_000, " ") { _ in "a" } + "\na::=" + list(50_000, "|") { "\"\($0)\"" }
        ),
        ("quantifiers", "root::=\"a\"" + String(repeating: "?", count: 1_000_000)),
        ("quantifiers", "root::=" + nest(200, "(", "\"a\"", ")????")),
        ("groups", "root::=" + nest(400_000, "(", "\"a\"", ")")),
        ("groups", "root::=" + nest(199, "(", "\"a\"", ")")),
        ("a long literal", "root::=\"" + String(repeating: "a", count: 1_000_000) + "\""),
        (
            "literals",
            "root::=" + list(1_000, "|") { "r\($0)" } + "\n"
                + list(1_000, "\n") { "r\($0)::=\"\(String(repeating: "a", count: 900))\($0)\" root" }
        ),
        (
            "ambiguous rules",
            "root::=" + list(200, "|") { "r\($0)" } + "\n"
                + list(200, "\n") { "r\($0)::=[ab]* [a] [ab]{14} \"\($0)\" root?" }
        ),
        ("ambiguous rules", "root::=[ab]* [a] [ab]{40}"),
        ("ambiguous calls", "root::=s\ns::=\"a\"|s2 s2|s2\ns2::=\"a\" s|\"a\"|\"a\" s s"),
        (
            "copies",
            "root::=" + list(2_000, "|") { "r\($0)" } + "\nc::=" + list(200, "|") { "r\($0)" } + "\n"
                + list(2_000, "\n") { "r\($0)::=\"\($0)\" c{500}" }
        ),
        ("copies", "root::=a{512} a{512}\na::=b{512} b{512}\nb::=c{512}\nc::=\"x\"{20} root?"),
        ("counts", "root::=((\"a\"{100000}){100000}){100000}"),
        ("counts", "root::=((\"\"{100000}){100000}){100000}"),
        ("counts", "root::=((\"a\"?{500}){500}){500}"),
        ("counts", "root::=" + list(3_000, " ") { "(r \"\($0)\"){2000}" } + "\nr::=\"x\" root?"),
        ("a class", "root::=[" + list(100_000, "") { "\\U\(hex(0x20000 + 2 * $0))" } + "]+"),
        (
            "classes",
            "root::=" + list(20_000, " ") { "[" + list(8, "") { scalar(($0 * 31) % 9_000) } + "\(scalar($0))]" }
        ),
        ("comments", "root::=\"a\"" + String(repeating: "#\n", count: 400_000)),
        ("left recursion", "root::=r0\n" + list(45_000, "\n") { "r\($0)::=\"\"r\($0 + 1)" } + "\nr45000::=root"),
    ]

    /// A text that thousands of rules might be in, deeper with each byte.
    @Test func everyTokenIsBounded() throws {
        let rules = Self.list(3_000, "\n") { "r\($0)::=[a-z] r\($0) \"\($0)\"|[a-z]" }
        let text = "root::=" + Self.list(3_000, "|") { "r\($0)" } + "\n" + rules
        let tokens = try TokenGrammar(Grammar(gbnf: text), Vocabularies.bytes())
        expectError(.badRequest, "too ambiguous") {
            var state = GrammarState(tokens)
            for _ in 0..<1_000 {
                _ = try state.mask()
                try state.accept(TokenID(UInt8(ascii: "x")))
            }
        }
    }

    private static func hex(_ value: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    @Test(arguments: grammars.indices) func grammar(_ index: Int) throws {
        try compile { try Grammar(gbnf: Self.grammars[index].text) }
    }
}
