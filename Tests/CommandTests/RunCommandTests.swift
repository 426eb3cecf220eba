import Foundation
import TestSupport
import Testing
import ZondaFormats

/// `zonda run`, with the tiny model and a real one.
struct RunCommandTests {
    private static let tiny = Golden.path("gguf/llama.gguf")

    @Test func pipedInput() async throws {
        let flags = ["--raw", "-n", "8", "-t", "0", "--ignore-eos", "--threads", "1"]
        func json(_ arguments: [String], input: String = "") async throws -> JSONValue {
            try await Command.run(["run", Self.tiny] + arguments + ["--json"] + flags, input: input).json()
        }
        let prompt = try await json(["First line"])
        #expect(prompt["completionTokens"] == .integer(8))
        #expect(prompt["tokens"]?.array?.count == 8)
        #expect(prompt["finishReason"] == .string("length"))
        #expect(try await json([], input: "First line")["tokens"] == prompt["tokens"])
        let both = try await json(["First line"], input: "Second line")
        let joined = try await json(["First line\n\nSecond line"])
        #expect(both["tokens"] == joined["tokens"])
        #expect(both["promptTokens"] == joined["promptTokens"])
        let text = try await Command.run(["run", Self.tiny, "First line", "-q"] + flags)
        #expect(text.status == 0)
        #expect(text.text == (prompt["text"]?.string ?? "") + "\n")
        #expect(text.errors == "")
        let loud = try await Command.run(["run", Self.tiny, "First line"] + flags)
        #expect(loud.errors.contains("8 tokens at"))
    }

    @Test func sampled() async throws {
        let flags = ["--raw", "-n", "12", "--json", "--ignore-eos", "-t", "1.1", "--top-p", "0.95", "--threads", "1"]
        func tokens(seed: Int) async throws -> JSONValue? {
            try await Command.run(["run", Self.tiny, "Some text", "--seed", "\(seed)"] + flags).json()["tokens"]
        }
        let first = try await tokens(seed: 1)
        #expect(first?.array?.count == 12)
        #expect(try await tokens(seed: 1) == first)
        #expect(try await tokens(seed: 2) != first)
    }

    @Test(.enabled(if: RealModels.smolLM2 != nil, RealModels.missing))
    func answersAQuestion() async throws {
        let model = try #require(RealModels.smolLM2)
        let result = try await Command.run("run", model, "What is the capital of France?", "--json", "-t", "0")
        #expect(result.status == 0, "\(result.errors)")
        let object = try result.json()
        #expect(object["text"]?.string?.contains("Paris") == true, "\(object)")
        #expect(object["finishReason"] == .string("stop"))
        let stopped = try await Command.run(
            "run", model, "What is the capital of France?", "-t", "0", "--stop", "ris", "-q")
        let whole = object["text"]?.string ?? ""
        let end = try #require(whole.range(of: "ris"))
        #expect(stopped.text == whole[..<end.lowerBound] + "\n")
    }

    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first(
        where: FileManager.default.isExecutableFile)

    /// Two turns in a terminal: the first is stopped by Ctrl-C, the second answered, then Ctrl-D.
    @Test(
        .enabled(if: RealModels.smolLM2 != nil, RealModels.missing),
        .enabled(if: python != nil, "Python 3, whose pseudoterminal this needs, is not there"))
    func interruptedChat() async throws {
        let script = try TemporaryFolder()
        let file = try script.write("chat.py", Self.chat)
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.python))
        process.arguments = [file, try #require(Command.path), try #require(RealModels.smolLM2)]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        let stopped = try #require(text.range(of: "(stopped)"))
        #expect(text[stopped.upperBound...].contains("Paris"), "\(text)")
    }

    private static let chat = """
        import os, pty, select, sys, time

        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(sys.argv[1], [sys.argv[1], "run", sys.argv[2], "-t", "0"])

        seen = b""

        def wait_for(condition):
            global seen
            limit = time.time() + 60
            while not condition():
                ready, _, _ = select.select([terminal], [], [], limit - time.time())
                if not ready:
                    sys.exit("timed out after " + repr(seen[-400:]))
                seen += os.read(terminal, 4096)

        wait_for(lambda: seen.endswith(b"> "))
        question = b"Write a very long story about the sea."
        os.write(terminal, question + b"\\n")
        # Ctrl-C throws away what was typed and not read yet, so the answer must have begun.
        wait_for(lambda: question in seen and len(seen.split(question)[-1].strip()) > 40)
        os.write(terminal, b"\\x03")
        wait_for(lambda: b"(stopped)" in seen and seen.endswith(b"> "))
        os.write(terminal, b"/clear\\n")
        before = len(seen)
        wait_for(lambda: seen[before:].endswith(b"> "))
        before = len(seen)
        os.write(terminal, b"What is the capital of France?\\n")
        wait_for(lambda: b"tok/s" in seen[before:] and seen.endswith(b"> "))
        os.write(terminal, b"\\x04")
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(seen.decode(errors="replace"))
        sys.exit(os.waitstatus_to_exitcode(status))
        """
}
