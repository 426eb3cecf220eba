import TestSupport
import Testing
import Zonda

/// Text in and out: the tiny GGUF model has a tokenizer, and says nonsense.
struct TextTests {
    private let runner: Runner

    init() async throws {
        runner = try await Runner(which: Models.gguf().withMaxSeqLen(256), options: RunnerOptions { _ in })
    }

    private func request(_ maxTokens: Int = 24) -> CompletionRequest {
        var request = CompletionRequest(prompt: "The sky is", maxTokens: maxTokens)
        request.temperature = 0
        request.ignoreEOS = true
        return request
    }

    @Test func textIsThatOfTheTokens() async throws {
        let choice = try await runner.sendCompletionRequest(request()).choices[0]
        let prompt = try runner.tokenize("The sky is")
        let all = try runner.detokenize(prompt + choice.tokens)
        #expect(!choice.text.isEmpty)
        #expect(all.hasSuffix(choice.text))
        var echoing = request()
        echoing.echo = true
        #expect(try await runner.sendCompletionRequest(echoing).choices[0].text == "The sky is" + choice.text)
    }

    @Test func streamEqualsWhole() async throws {
        let whole = try await runner.sendCompletionRequest(request()).choices[0]
        var text = ""
        for try await chunk in runner.streamCompletionRequest(request()) { text += chunk.choices.first?.text ?? "" }
        #expect(text == whole.text)
    }

    @Test(arguments: [0, 1, 2]) func stopStrings(lookahead: Int) async throws {
        let runner = try await Runner(
            which: Models.gguf().withMaxSeqLen(256), options: RunnerOptions { $0.lookahead = lookahead })
        let whole = try await runner.sendCompletionRequest(request()).choices[0]
        let text = Array(whole.text.unicodeScalars)
        var crossing = 0
        // Every stop of one to five scalars that begins in the first half: most reach across tokens.
        for length in [1, 2, 5] {
            for start in stride(from: 0, to: text.count / 2, by: 3) {
                let stop = Self.string(text[start..<start + length])
                let expected = Self.prefix(of: text, before: stop)
                var stopping = request()
                stopping.stop = ["never in there", stop]
                let choice = try await runner.sendCompletionRequest(stopping).choices[0]
                #expect(choice.text == expected, "before \(stop.debugDescription)")
                #expect(choice.finishReason == .stop)
                #expect(choice.tokens == Array(whole.tokens.prefix(choice.tokens.count)))
                if try runner.tokenize(stop, addSpecialTokens: false).count > 1 { crossing += 1 }
                var streamed = ""
                for try await chunk in runner.streamCompletionRequest(stopping) {
                    streamed += chunk.choices.first?.text ?? ""
                }
                #expect(streamed == expected, "streamed, before \(stop.debugDescription)")
            }
        }
        #expect(crossing > 5)
        // Text that could still become a stop comes out at the end.
        var unfinished = request()
        unfinished.stop = [Self.string(text.suffix(3)) + "and more"]
        #expect(try await runner.sendCompletionRequest(unfinished).choices[0].text == whole.text)
    }

    /// The bytes of tokens, put together, are the text, where a token is a part of a character too.
    @Test func bytesOfTokens() async throws {
        for pattern in ["( [a-z]{1,5}){4}", "[ÀÿЖ語]{4}"] {
            var request = request(40)
            request.logprobs = 2
            request.constraint = .regex(pattern)
            let choice = try await runner.sendCompletionRequest(request).choices[0]
            let tokens = choice.logprobs.filter { $0.token != 2 }
            #expect(String(decoding: tokens.flatMap(\.bytes), as: UTF8.self) == choice.text, "\(tokens)")
            #expect(tokens.contains { $0.text == "\u{FFFD}" && $0.bytes.count == 1 } == pattern.contains("À"))
            for token in tokens { #expect(token.text == String(decoding: token.bytes, as: UTF8.self)) }
        }
    }

    @Test func choicesStopApart() async throws {
        var several = request()
        several.temperature = 1
        several.seed = 4
        several.n = 4
        let whole = try await runner.sendCompletionRequest(several).choices
        let stop = Self.string(Array(whole[0].text.unicodeScalars)[4..<6])
        several.stop = [stop]
        for (choice, full) in zip(try await runner.sendCompletionRequest(several).choices, whole) {
            let text = Array(full.text.unicodeScalars)
            #expect(choice.text == Self.prefix(of: text, before: stop))
            #expect((choice.finishReason == .stop) == (choice.text != full.text))
        }
    }

    @Test func chatWithoutTemplate() async throws {
        let error = await #expect(throws: ZondaError.self) {
            _ = try await runner.sendChatCompletionRequest(ChatCompletionRequest(messages: [.user("Hi")]))
        }
        #expect(error?.code == .badTemplate, "\(String(describing: error))")
    }

    private static func string(_ scalars: some Collection<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// The text before the first place where `stop` is complete.
    private static func prefix(of text: [Unicode.Scalar], before stop: String) -> String {
        let stop = Array(stop.unicodeScalars)
        for start in text.indices where text[start...].starts(with: stop) { return string(text[..<start]) }
        return string(text)
    }
}
