import TestSupport
import Testing
import ZondaCore

@testable import ZondaGrammar

@Suite struct RegexTests {
    @Test(arguments: [
        (#"\d{3}-\w+"#, ["123-ab_9"], ["12-a", "123-", "123-é"]),
        (#"^(a|b)*?c$"#, ["c", "abac"], ["ab", "cc"]),
        (#"[^\s\d]+\.?"#, ["abc.", "é"], ["a b", "1"]),
        (#"^a$|^b"#, ["a", "b"], ["ab", "aa"]),
        (#"(^a|b)c?"#, ["a", "bc"], ["cc"]),
        (#"a.c"#, ["abc", "a🦙c"], ["a\nc", "ac"]),
        (#"\p{Lu}\p{Ll}+"#, ["Äpfel", "Ab"], ["ab", "ABC"]),
        (#"[\u00e0-\u00ff\x41]{2,}"#, ["éA", "AAA"], ["A", "aa"]),
        (#"(?<year>\d{4})(?:-\d\d)?"#, ["2026", "2026-11"], ["2026-1"]),
        (#"[\]\-a]\/"#, ["]/", "-/"], ["b/"]),
        ("", [""], ["a"]), ("$^", [""], ["a"]), ("^(^a|$)", ["a", ""], ["b"]),
    ])
    func wholeMatches(_ regex: String, _ accepted: [String], _ refused: [String]) throws {
        let grammar = try Grammar(regex: regex)
        for text in accepted { #expect(try grammar.accepts(text), "\(text)") }
        for text in refused { #expect(try !grammar.accepts(text), "\(text)") }
    }

    @Test(arguments: [
        (#"(a)\1"#, "character 4: references"), (#"a(?=b)"#, "lookahead"), (#"(?<!a)b"#, "lookbehind"),
        (#"a\b"#, "word boundaries"), ("a**", "second quantifier"), ("(a", "character 1"), ("a)", "character 2"),
        ("[a", "character 1"), ("a{2,1}", "larger number"), ("*a", "nothing to repeat"),
        ("a^b", "character 2: an anchor"),
        (#"\p{Foo}"#, "property"), ("[b-a]", "character 2"), ("a{200000}", "cap"), (#"\q"#, "unknown escape"),
        ("(?i)a", "not supported"), ("[[:alpha:]]", "POSIX"),
    ])
    func errorsHaveTheirPlace(_ regex: String, _ words: String) {
        expectError(.badRequest, words) { _ = try Grammar(regex: regex) }
    }

    /// Expressions whose automata would take for ever stop at a cap.
    @Test(arguments: [
        "(a|b)*a(a|b){40}", "((a{0,300}){0,300}){0,300}", "(.{0,200}){0,200}",
        "((){100000}){100000}", "(((){100000}){100000}){100000}", "((x{0}|){100000}){100000}",
    ])
    func explosionsStop(_ regex: String) {
        var steps = StepCount()
        expectError(.badRequest, "cap") { _ = try RegexParser.parse(regex).search(&steps) }
    }
}
