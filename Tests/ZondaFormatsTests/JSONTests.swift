import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: text, name: "test.json") }

@Suite struct JSONTests {
    @Test func readsEveryKindOfValue() throws {
        let value = try parse(
            #" {"b": [true, false, null], "a": -12, "x": 1.5e2, "s": "q\"\\\/\b\f\n\r\té€😀\ud83d\ude00", "o": {}} "#)
        #expect(value.object.map { Array($0.keys) } == ["b", "a", "x", "s", "o"])
        #expect(value["b"]?.array == [.bool(true), .bool(false), .null])
        #expect(value["a"] == .integer(-12))
        #expect(value["x"] == .number(150))
        #expect(value["x"]?.integer == 150)
        #expect(value["s"]?.string == "q\"\\/\u{8}\u{C}\n\r\té€😀😀")
        #expect(value["o"]?.object?.isEmpty == true)
        #expect(try parse("\u{FEFF}[]") == .array([]))
    }

    @Test func numbersKeepTheirKind() throws {
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("9223372036854775808") == .number(9.223372036854775808e18))
        #expect(try parse("1.0") == .number(1))
        #expect(try parse("-0") == .integer(0))
        #expect(try parse("1e-05").double == 0.00001)
        #expect(try parse("1.5").integer == nil)
    }

    @Test func loneSurrogatesBecomeReplacements() throws {
        #expect(try parse(#""\ud800""#).string == "\u{FFFD}")
        #expect(try parse(#""\ud800\u0041""#).string == "\u{FFFD}A")
        #expect(try parse(#""\ude00x""#).string == "\u{FFFD}x")
    }

    @Test(arguments: [
        ("", "ends where a value"), ("{", "expected a key"), ("[1,]", "where a value should begin"),
        ("[1 2]", "expected ',' or ']'"), (#"{"a" 1}"#, "expected ':'"), (#"{"a":1,"a":2}"#, "there twice"),
        (#"{"a":1,}"#, "expected a key"), ("01", "leading zero"), ("1.", "expected a digit"), ("-", "expected a digit"),
        ("1e+", "expected a digit"), ("tru", "where a value"), ("nul", "where a value"), ("\"", "never ends"),
        ("\"\\", "inside an escape"), (#""\x""#, "unknown escape"), (#""\u12g4""#, "four hexadecimal"),
        (#""\u12"#, "inside an escape"), ("\"\u{1}\"", "control character"), ("1 1", "after the end"), ("NaN", "'N'"),
        ("Infinity", "'I'"), ("'a'", "where a value"), ("[1}", "expected ',' or ']'"),
    ])
    func refusesWhatIsNotJSON(_ text: String, _ words: String) {
        expectError(.badFile, "test.json: not valid JSON at byte", words) { _ = try parse(text) }
    }

    @Test func refusesWhatIsNotUTF8() {
        let bytes = [0x22, 0xC3, 0x28, 0x22] as [UInt8]
        expectError(.badFile, "not UTF-8") { _ = try JSONValue(parsing: bytes.span, name: "test.json") }
    }

    @Test func depthIsBounded() throws {
        let text = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try parse(text(128)).array?.count == 1)
        expectError(.badFile, "nested deeper than 128") { _ = try parse(text(129)) }
        expectError(.badFile, "nested deeper than 128") {
            _ = try parse(String(repeating: "{\"a\":", count: 1_000_000))
        }
    }

    @Test func survivesMutations() {
        let original = Array(
            #"{"model_type": "llama", "rope_scaling": {"factor": 8.0, "short": [1, 1.05e1]}, "eos": [2, null, true], "s": "\u00e9\n\ud83d\ude00é"}"#
                .utf8)
        var mutator = ByteMutator(seed: 4)
        var parsed = 0
        for _ in 0..<ByteMutator.roundCount {
            if (try? JSONValue(parsing: mutator.mutated(original).span, name: "fuzz")) != nil { parsed += 1 }
        }
        #expect(parsed > 0 && parsed < ByteMutator.roundCount)
    }
}
