import Testing
import ZondaCore

@testable import Zonda

/// An answer that goes on from the last message: nothing may stand behind that message in the prompt.
struct ContinuedTextTests {
    @Test(arguments: [
        ("<|im_start|>assistant\nOne, two<|im_end|>\n", "One, two", "<|im_start|>assistant\nOne, two"),
        // The last one of several that read alike.
        ("a<end>user: a<end>assistant: a<end>", "a", "a<end>user: a<end>assistant: a"),
        // A template that trims.
        ("<bot>One, two</s>", "  One, two \n", "<bot>One, two"), ("<bot>é👍🏽</s>", "é👍🏽", "<bot>é👍🏽"),
        ("<bot>One", "One", "<bot>One"),
    ])
    func whatStandsBehindTheLastMessageIsCut(_ rendered: String, _ content: String, _ expected: String) throws {
        #expect(try rendered.cut(behind: content) == expected)
    }

    @Test(arguments: [("<bot>ONE</s>", "one"), ("", "one"), ("one", "one and more"), ("<bot></s>", "")])
    func aMessageThatTheTemplateChangesCannotGoOn(_ rendered: String, _ content: String) {
        let error = #expect(throws: ZondaError.self) { try rendered.cut(behind: content) }
        #expect(error?.code == .badTemplate)
    }

    /// Searching stays short however the texts repeat themselves.
    @Test func textsThatRepeatThemselvesAreSearchedQuickly() {
        let rendered = String(repeating: "a", count: 1_000_000) + "b"
        #expect(throws: ZondaError.self) { try rendered.cut(behind: String(repeating: "a", count: 400_000) + "c") }
    }
}
