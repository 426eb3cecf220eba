import Foundation
import TestSupport
import Testing
import ZondaFormats

/// Another process, with the environment that a test says and no other variables of the hub.
final class Program {
    struct Output {
        var status: Int32
        var text: String
        var errors: String

        func json() throws -> JSONValue { try JSONValue(parsing: text, name: "standard output") }
    }

    private let process = Process()
    private let folder: TemporaryFolder
    private let input = Pipe()
    private let ended: AsyncStream<Void>

    /// The command beside this test bundle: both come from the same build.
    static let zonda =
        ((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
        .split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/zonda"

    init(_ path: String, _ arguments: [String], _ environment: [String: String]) throws {
        folder = try TemporaryFolder()
        let (out, err) = (try folder.write("out", ""), try folder.write("err", ""))
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let kept = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("HF_") && !$0.key.lowercased().hasSuffix("_proxy")
        }
        process.environment = kept.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: out))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: err))
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        ended = stream
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    static func zonda(_ arguments: String..., environment: [String: String]) throws -> Program {
        try Program(zonda, arguments, environment)
    }

    var processID: Int32 { process.processIdentifier }

    /// Standard output so far.
    var text: String { (try? String(contentsOfFile: "\(folder.path)/out", encoding: .utf8)) ?? "" }

    func send(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8)) }

    func output() async throws -> Output {
        for await _ in ended {}
        process.waitUntilExit()
        return Output(
            status: process.terminationStatus, text: text,
            errors: try String(contentsOfFile: "\(folder.path)/err", encoding: .utf8))
    }
}

/// Python with the real `huggingface_hub`: named by `ZONDA_TEST_PYTHON`, else the one that `make test` makes.
enum Library {
    static let python: String? = {
        if let named = ProcessInfo.processInfo.environment["ZONDA_TEST_PYTHON"], !named.isEmpty { return named }
        let made = "\(Golden.root)/.build-python/bin/python"
        return FileManager.default.isExecutableFile(atPath: made) ? made : nil
    }()

    static let missing: Comment =
        "there is no Python with huggingface_hub: run `make test`, or name one in ZONDA_TEST_PYTHON"

    static func start(_ arguments: [String], _ environment: [String: String]) throws -> Program {
        var environment = environment
        environment["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
        environment["HF_HUB_DISABLE_TELEMETRY"] = "1"
        return try Program(try #require(python), ["\(Golden.root)/scripts/hub_library.py"] + arguments, environment)
    }

    static func run(_ arguments: String..., environment: [String: String]) async throws -> Program.Output {
        let output = try await start(arguments, environment).output()
        try #require(output.status == 0, "\(output.errors)")
        return output
    }
}
