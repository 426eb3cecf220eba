import Foundation
import Testing
import ZondaFormats

/// The command, as a shell would run it.
enum Command {
    struct Output {
        var status: Int32
        var text: String
        var errors: String

        /// Standard output as JSON.
        func json() throws -> JSONValue { try JSONValue(parsing: text, name: "standard output") }

        /// Each line of standard output as JSON.
        func jsonLines() throws -> [JSONValue] {
            try text.split(separator: "\n").map { try JSONValue(parsing: String($0), name: "standard output") }
        }
    }

    /// The product beside this test bundle: both come from the same build.
    static let path =
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        .split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/zonda"

    /// Runs `zonda` until it ends. Without `input`, standard input is empty.
    static func run(_ arguments: String..., input: String = "") async throws -> Output {
        try await run(arguments, input: input)
    }

    static func run(_ arguments: [String], input: String = "") async throws -> Output {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zonda-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files and not pipes: whatever is written, neither side waits for the other.
        let (stdin, stdout) = (folder.appending(path: "in"), folder.appending(path: "out"))
        let stderr = folder.appending(path: "err")
        try Data(input.utf8).write(to: stdin)
        for file in [stdout, stderr] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(filePath: try #require(path))
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: stdin)
        process.standardOutput = try FileHandle(forWritingTo: stdout)
        process.standardError = try FileHandle(forWritingTo: stderr)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        #expect(process.terminationReason == .exit, "zonda \(arguments) crashed")
        return Output(
            status: process.terminationStatus, text: String(decoding: try Data(contentsOf: stdout), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: stderr), as: UTF8.self))
    }
}
