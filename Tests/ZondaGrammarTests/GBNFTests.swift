import TestSupport
import Testing
import ZondaCore

@testable import ZondaGrammar

@Suite struct GBNFTests {
    private func check(_ gbnf: String, accepts: [String], refuses: [String]) throws {
        let grammar = try Grammar(gbnf: gbnf)
        for text in accepts { #expect(try grammar.accepts(text), "\(text.debugDescription)") }
        for text in refuses { #expect(try !grammar.accepts(text), "\(text.debugDescription)") }
    }

    /// The notation of llama.cpp's grammars/README.md.
    @Test func everyNotation() throws {
        try check(
            """
            # a list of items
            root  ::= (item ("," item)* | "none") "."
            item  ::= [a-c^-]{2} | [^a-z]+ | digit{1,3}   # with counts
                    | "\\x41\\u00e9\\U0001F999"
            digit ::= [0-9]?

            """,
            accepts: ["none.", "ab.", "^-,ab.", "ÄÖ.", "Aé🦙.", "12,345."],
            refuses: ["", "a.", "none", "none,ab.", "xyz."])
        try check(
            "root ::= \"a\"{2,} . \"\\\"\" |\n \"x\"{0,1}", accepts: ["aaé\"", "aaaa\"", "", "x"],
            refuses: ["aa", "xx"])
        try check(
            "root ::= a\na ::= b | \"(\" a \")\"\nb ::= \"b\" a?", accepts: ["b", "(b)", "bb(b)", "((b))"],
            refuses: ["()", "(b"])
    }

    /// What must be found out of rules through others: which have a text, and which derive the empty text.
    @Test(arguments: [false, true]) func longChainsOfRules(isReversed: Bool) throws {
        let count = 20_000
        func text(end: String) -> String {
            var rules = (0..<count).map { "r\($0) ::= r\($0 + 1)" } + ["r\(count) ::= \(end)"]
            if isReversed { rules.reverse() }
            return (rules + ["root ::= r0 \"x\""]).joined(separator: "\n")
        }
        try check(text(end: "\"a\"*"), accepts: ["x", "aax"], refuses: ["", "a"])
        expectError(.badRequest, "left recursion") { _ = try Grammar(gbnf: text(end: "\"a\"* r0")) }
    }

    @Test(arguments: [
        ("root ::= \"a", "line 1, column 10"), ("root ::= b\n", "rule \"b\" is not there"),
        ("x ::= \"a\"", "no rule \"root\""),
        ("root ::= \"a\"\nroot ::= \"b\"", "line 2, column 1"), ("root ::= [b-a]", "line 1, column 11"),
        ("root ::= root \"a\"", "left recursion"), ("root ::= \"x\"\n  | a\na ::= \"y\"? root", "left recursion"),
        ("root ::= (\"a\"", "line 1, column 10"), ("root ::= *", "nothing to repeat"),
        ("root ::= \"a\"{3,2}", "larger number first"),
        ("root ::= \"\\q\"", "unknown escape"), ("root ::= \"\\ud800\"", "no character"),
        ("root ::= \"a\"{200000}", "cap"), ("root ::= \"a\"?????", "quantifiers in a row"),
    ])
    func errorsHaveTheirPlace(_ gbnf: String, _ words: String) {
        expectError(.badRequest, words) { _ = try Grammar(gbnf: gbnf) }
    }
}
