import TestSupport
import Testing
import ZondaCore

@testable import ZondaTokenizer

@Suite struct PatternTests {
    private func matches(_ pattern: String, _ text: String) throws -> [String] {
        var matcher = PatternMatcher(try PatternProgram(pattern))
        let bytes = Array(text.utf8)
        var found: [String] = []
        try bytes.withUnsafeBufferPointer { buffer in
            try matcher.forEachMatch(in: buffer, range: 0..<buffer.count) {
                found.append(String(decoding: buffer[$0], as: UTF8.self))
            }
        }
        return found
    }

    @Test(arguments: [
        ("a|ab", "ab", ["a"]), ("ab|a", "ab", ["ab"]), ("a*?b", "aab", ["aab"]), ("a+?", "aa", ["a", "a"]),
        ("(?:ab)+", "ababa", ["abab"]), ("(?:ab){2}", "ababab", ["abab"]), ("a{2,}", "aaaa a", ["aaaa"]),
        (#"\s+(?!\S)"#, "a   b", ["  "]), (#"\s+$"#, "a  \nb ", ["  ", " "]), ("a++a", "aaa", []),
        ("(?>a+)b", "aab", ["aab"]), ("(?i:'S)", "it's 'ſ", ["'s", "'ſ"]),
        ("(?i)k", "Kk\u{212A}", ["K", "k", "\u{212A}"]),
        (#"\p{Lu}\p{M}*"#, "aE\u{301}É", ["E\u{301}", "É"]), (#"[^\s\p{L}]+"#, "a1,b的!", ["1,", "!"]),
        (#"[\p{L}&&[^\p{Han}]]+"#, "ab的c", ["ab", "c"]), (#"[a-c\]\-]+"#, "xb]-a", ["b]-a"]), ("[]a]", "]", ["]"]),
        (#"(?<=a)b"#, "abb", ["b"]), (#"(?<!a)b"#, "abb", ["b"]), (#"\bfoo\b"#, "foo food foo", ["foo", "foo"]),
        (#"\x41\u0042\x{1F999}"#, "AB\u{1F999}", ["AB\u{1F999}"]), ("{a}", "{a}", ["{a}"]), (".", "a\nb", ["a", "b"]),
        (#"\d{1,3}(?=(?:\d{3})*\b)"#, "1234567", ["1", "234", "567"]), ("[[:alpha:]]+", "ab1", ["ab"]),
        (#"[^(\s|.,!?…。，、।۔،)]+"#, "a,b(c", ["a", "b", "c"]), ("(?=(b)+)", "ab", [""]), ("x?", "x", ["x", ""]),
    ]) func finds(_ pattern: String, _ text: String, _ expected: [String]) throws {
        #expect(try matches(pattern, text) == expected)
    }

    @Test(arguments: [
        ("(", "unmatched '('"), (")", "unmatched ')'"), ("[a", "unmatched '['"), ("*a", "nothing to repeat"),
        (#"\p{Klingon}"#, "Klingon"), ("(?<=ab)c", "looks behind"), ("(?:a*)*", "can be empty"),
        ("a{2,1}", "at least 2"),
        ("a{9999}", "9999"), (#"\1"#, #"\1"#), ("[b-a]", "backwards"), ("(?<name>a)", "option '<'"),
        ("a\\", "backslash"),
        (String(repeating: "(", count: 100), "deeper"), ("(?:(?:ab){200}){200}", "instructions"),
    ]) func refuses(_ pattern: String, _ reason: String) {
        expectError(.unsupported, reason) { _ = try PatternProgram(pattern) }
    }

    @Test func hostileTextRunsOutOfSteps() throws {
        let text = String(repeating: "a", count: 40)
        expectError(.badRequest, "steps") { _ = try matches("(?:a|aa)+(?:a|aa)+(?:a|aa)+b", text) }
    }

    /// 100,000 spaces are 100,000 chances to look for a line end.
    @Test func longRunsAreFine() throws {
        let spaces = String(repeating: " ", count: 100_000)
        #expect(try matches(GGUFPattern.gpt2, spaces + "a").count == 2)
        #expect(try matches(#"\s*[\r\n]+|\s+(?!\S)|\s+"#, spaces + "a").count == 2)
    }

    @Test func everyNamedPreTokenizerCompiles() throws {
        let names = [
            "default", "llama-bpe", "dbrx", "glm4", "minicpm5", "qwen2", "laguna", "ufakzeka", "qwen35", "jais-2",
            "gpt-2",
            "roberta-bpe", "starcoder", "falcon", "bloom", "viking", "deepseek-llm", "deepseek-coder", "deepseek-v3",
            "spark2_5", "afmoe", "youtu", "tekken", "gpt-4o", "granite-embed-multi-97m", "tiny_aya", "kimi-k2",
            "superbpe",
            "bailingmoe", "seed-coder", "exaone-moe", "chameleon", "gemma4", "sarvam-moe",
        ]
        let text = "Hello WORLD's  12345 的中文かな\n\n  x=1; // ok\r\n"
        for name in names {
            var pieces = Pieces(Array(text.utf8), startsText: true)
            for pattern in try GGUFPattern(named: name).patterns {
                try Splitter(pattern: pattern, .isolated).split(&pieces)
            }
            let joined = pieces.ranges.flatMap { pieces.bytes[$0] }
            #expect(String(decoding: joined, as: UTF8.self) == text, "\(name)")
            #expect(pieces.ranges.count > 3, "\(name)")
        }
        expectError(.unsupported, "klingon") { _ = try GGUFPattern(named: "klingon") }
    }
}
