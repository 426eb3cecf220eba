import Testing

@testable import Zonda

/// Tokens of thoughts, however they are cut.
struct ThoughtCounterTests {
    private func count(
        _ tokens: [String], _ format: ReasoningFormat = .think, _ beginning: ReasoningFormat.Beginning = .open
    ) -> Int {
        var counter = ThoughtCounter(format, beginning)
        for token in tokens { counter.add(Array(token.utf8)) }
        return counter.count
    }

    @Test func markersAreNoThoughts() {
        #expect(count(["<think>", "\n", "a", " b", "\n", "</think>", "\n\n", "yes"]) == 4)
        #expect(count(["<", "think", ">", "a", "</", "think", ">", "yes"]) == 1)
        #expect(count(["<think>", "</think>", "yes"]) == 0)
        #expect(count(["[THINK]", "a", "[/THINK]", "b"], .mistral) == 1)
    }

    @Test func tokensThatGoOn() {
        // A token that is partly thought counts, whatever else is in it.
        #expect(count(["<think>a", "b</", "think>yes", "no"]) == 2)
        #expect(count(["<think>ab</think>yes", "no"]) == 1)
    }

    @Test func whatBeginsLikeTheMarker() {
        #expect(count(["<think>", "</", "thin", "g", "<", "<", "</", "think", ">", "x"]) == 5)
        #expect(count(["<think>", "<", "</think>", "x"]) == 1)
        #expect(count(["<think>", "a", "</", "thi"]) == 3, "the answer ended there")
    }

    @Test func whereThoughtsBegin() {
        #expect(count(["a", "b", "</think>", "c"], .think, .thinking) == 2)
        #expect(count(["a", "<think>", "b"], .think, .answering) == 0)
        #expect(count(["yes", "<think>", "b", "</think>"]) == 0)
        #expect(count([" \n", "<think>", "b"]) == 1)
        #expect(count(["<thanks>", "b"]) == 0)
    }

    /// A byte that is no character of its own.
    @Test func partsOfCharacters() {
        var counter = ThoughtCounter(.think, .thinking)
        for byte in "é</think>é".utf8 { counter.add([byte]) }
        #expect(counter.count == 2)
    }
}
