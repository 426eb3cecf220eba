import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaGrammar

/// Damaged grammars become errors, or grammars that work; never a crash, never a hang.
@Suite struct FuzzTests {
    static let gbnf = [
        "root ::= (item (\",\" item)* | \"none\") \".\"\nitem ::= [a-c^-]{2} | [^a-z]+ | digit{1,3} # c\ndigit ::= [0-9]?\n",
        "root ::= a\na ::= b | \"(\" a \")\"\nb ::= \"\\x41\\u00e9\\U0001F999\" a? . \"\\\"\"{2,}\n",
    ]
    static let regexes = [
        #"^(\d{3}-\w+|[^\s\d]+\.?|(?:a|b)*?c)$"#, #"(?<y>\d{4})[\u00e0-\u00ff\x41]{2,30}|a.c\/[\]\-a]+"#,
        #"((a{0,9}b?){0,9}c){1,9}"#,
    ]
    static let schemas = [
        ##"{"type":"object","properties":{"a":{"type":"integer","minimum":-3,"maximum":150},"b":{"$ref":"#/$defs/x"},"c":{"type":"string","pattern":"^[a-z]+$","maxLength":5}},"required":["a"],"additionalProperties":false,"$defs":{"x":{"anyOf":[{"$ref":"#"},{"type":"null"}]}}}"##,
        #"{"oneOf":[{"type":"object","properties":{"k":{"const":"a"}},"required":["k"]},{"type":"array","prefixItems":[{"enum":[1,"x",null]}],"items":{"type":"number","exclusiveMinimum":0.5},"minItems":1,"maxItems":9}],"allOf":[{"minProperties":1}]}"#,
        #"{"type":["string","object"],"format":"date","patternProperties":{"^f":{"multipleOf":7}},"propertyNames":{"maxLength":3},"dependentRequired":{"a":["b"]},"not":{"type":"null"}}"#,
    ]

    /// Compiles mutants; some of those that can be are walked a few steps.
    private func fuzz(_ originals: [String], seed: UInt64, _ compile: (String) throws -> Grammar) throws -> (Int, Int) {
        var mutator = ByteMutator(seed: seed)
        var random = SplitMix64(seed: seed)
        let vocabulary = Vocabularies.bytes(and: ["ab", "{\"", "\": ", "}}", "12"])
        var compiled = 0
        var walked = 0
        for round in 0..<ByteMutator.roundCount {
            let text = String(decoding: mutator.mutated(Array(originals[round % originals.count].utf8)), as: UTF8.self)
            guard let grammar = try attempt({ try compile(text) }) else { continue }
            compiled += 1
            guard compiled % 16 == 0, let tokens = try attempt({ try TokenGrammar(grammar, vocabulary) }) else {
                continue
            }
            var state = GrammarState(tokens)
            for _ in 0..<8 {
                guard let allowed = try attempt({ try state.allowed() }) else { break }
                try state.accept(allowed[Int(random.next() % UInt64(allowed.count))])
            }
            walked += 1
        }
        return (compiled, walked)
    }

    private func attempt<T>(_ body: () throws -> T) throws -> T? {
        do { return try body() } catch let error as ZondaError {
            #expect(error.code == .badRequest || error.code == .badFile, "\(error)")
            return nil
        }
    }

    @Test func grammars() throws {
        let (compiled, walked) = try fuzz(Self.gbnf, seed: 1) { try Grammar(gbnf: $0) }
        #expect(compiled > 3000 && walked > 200)
    }

    @Test func regularExpressions() throws {
        let (compiled, walked) = try fuzz(Self.regexes, seed: 2) { try Grammar(regex: $0) }
        #expect(compiled > 10_000 && walked > 500)
    }

    /// Half of the mutants are damaged as text, half as JSON: values in each other's places.
    @Test func schemas() throws {
        var random = SplitMix64(seed: 4)
        var round = 0
        let originals = try Self.schemas.map { try JSONValue(parsing: $0, name: "schema") }
        let values = originals.flatMap { Self.parts(of: $0) }
        let (compiled, walked) = try fuzz(Self.schemas, seed: 3) { text in
            round += 1
            if round % 2 == 0 { return try Grammar(jsonSchema: JSONValue(parsing: text, name: "schema")) }
            var schema = originals[round % originals.count]
            for _ in 0...random.next() % 2 {
                var place = Int(random.next() % UInt64(Self.parts(of: schema).count))
                schema = Self.replacing(&place, in: schema, with: values[Int(random.next() % UInt64(values.count))])
            }
            return try Grammar(jsonSchema: schema)
        }
        #expect(compiled > 3000 && walked > 100)
    }

    private static func parts(of value: JSONValue) -> [JSONValue] {
        switch value {
        case .array(let elements): [value] + elements.flatMap(parts)
        case .object(let members): [value] + members.values.flatMap(parts)
        default: [value]
        }
    }

    /// The value with its part number `place`, as `parts` counts, replaced.
    private static func replacing(_ place: inout Int, in value: JSONValue, with part: JSONValue) -> JSONValue {
        place -= 1
        if place == -1 { return part }
        switch value {
        case .array(let elements):
            var result: [JSONValue] = []
            for element in elements { result.append(replacing(&place, in: element, with: part)) }
            return .array(result)
        case .object(let members):
            var result = members
            for (key, member) in members { result[key] = replacing(&place, in: member, with: part) }
            return .object(result)
        default: return value
        }
    }
}
