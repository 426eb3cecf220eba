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

    @Test(arguments: [
        ("root ::= \"a", "line 1, column 10"), ("root ::= b\n", "rule \"b\" is not there"),
        ("x ::= \"a\"", "no rule \"root\""),
        ("root ::= \"a\"\nroot ::= \"b\"", "line 2, column 1"), ("root ::= [b-a]", "line 1, column 11"),
        ("root ::= root \"a\"", "left recursion"), ("root ::= \"x\"\n  | a\na ::= \"y\"? root", "left recursion"),
        ("root ::= (\"a\"", "line 1, column 10"), ("root ::= *", "nothing to repeat"),
        ("root ::= \"a\"{3,2}", "larger number first"),
        ("root ::= \"\\q\"", "unknown escape"), ("root ::= \"\\ud800\"", "no character"),
        ("root ::= \"a\"{200000}", "cap"),
    ])
    func errorsHaveTheirPlace(_ gbnf: String, _ words: String) {
        expectError(.badRequest, words) { _ = try Grammar(gbnf: gbnf) }
    }
}
