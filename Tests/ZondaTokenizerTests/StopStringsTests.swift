import Testing
import ZondaCore
import ZondaTokenizer

@Suite struct StopStringsTests {
    private func stream(_ pieces: [String], _ stops: [String], includesStop: Bool = false) throws -> (String, String?) {
        var matcher = try StopStrings(stops, includesStop: includesStop)
        var text = ""
        for piece in pieces {
            let output = matcher.append(piece)
            text += output.text
            if output.stop != nil { return (text, output.stop) }
        }
        return (text + matcher.finish(), nil)
    }

    @Test func holdsBackOnlyWhatCouldStillStop() throws {
        var matcher = try StopStrings(["<end>"])
        #expect(matcher.append("Hello <").text == "Hello ")
        #expect(matcher.append("en").text == "")
        #expect(matcher.append("emy").text == "<enemy")
        #expect(matcher.append(" <<end").text == " <")
        let output = matcher.append("> more")
        #expect(output.text == "" && output.stop == "<end>")
        #expect(matcher.append("later").text == "" && matcher.finish() == "")
    }

    @Test func includesTheStopWhenAsked() throws {
        #expect(try stream(["a", "bEN", "D c"], ["END"]) == ("ab", "END"))
        #expect(try stream(["a", "bEN", "D c"], ["END"], includesStop: true) == ("abEND", "END"))
        #expect(try stream(["a", "bEN"], ["END"]) == ("abEN", nil))
        #expect(try stream(["anything"], []) == ("anything", nil))
    }

    @Test func firstCompleteThenLongest() throws {
        #expect(try stream(["xabcd"], ["abcd", "bc"]) == ("xa", "bc"))
        #expect(try stream(["xabc"], ["bc", "abc", "c"]) == ("x", "abc"))
        #expect(try stream(["aaab"], ["aab"]) == ("a", "aab"))
    }

    @Test func charactersStayWhole() throws {
        #expect(try stream(["caf", "é 👩‍👩‍👧 ", "終", "わり!"], ["終わり"]) == ("café 👩‍👩‍👧 ", "終わり"))
        // Same first bytes, another character.
        #expect(try stream(["終", "é"], ["終ê"]) == ("終é", nil))
        // One accented letter and a letter with an accent are not the same text.
        #expect(try stream(["e\u{301}"], ["é"]) == ("e\u{301}", nil))
    }

    @Test func anEmptyStopIsRefused() {
        let error = #expect(throws: ZondaError.self) { try StopStrings(["a", ""]) }
        #expect(error?.code == .badRequest)
    }

    /// Random texts over a small alphabet, against looking at every prefix of the whole text.
    @Test func equalsTheNaiveSearchHoweverCut() throws {
        var numbers = SystemlessNumbers(state: 5)
        func word(_ length: Int) -> String {
            String((0..<length).map { _ in ["a", "b", "é", "終"][Int(numbers.next() % 4)] as Character })
        }
        for _ in 0..<5000 {
            let text = word(Int(numbers.next() % 20))
            let stops = (0..<Int(numbers.next() % 4)).map { _ in word(1 + Int(numbers.next() % 4)) }
            var expected: (String, String?) = (text, nil)
            for end in text.indices.map({ text.index(after: $0) }) where expected.1 == nil {
                let seen = text[..<end]
                if let stop = stops.filter(seen.hasSuffix).max(by: { $0.utf8.count < $1.utf8.count }) {
                    expected = (String(seen.dropLast(stop.count)), stop)
                }
            }
            var pieces: [String] = []
            var rest = text[...]
            while !rest.isEmpty {
                let count = 1 + Int(numbers.next() % 4)
                pieces.append(String(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(try stream(pieces, stops) == expected)
        }
    }

    /// The same numbers for the same start (Knuth's MMIX constants).
    private struct SystemlessNumbers {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
