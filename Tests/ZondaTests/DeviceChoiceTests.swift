import TestSupport
import Testing

@testable import Zonda

struct DeviceChoiceTests {
    @Test(arguments: [
        ("auto", DeviceChoice.auto), ("cpu", .cpu), ("CPU", .cpu), ("cuda", .cuda(0)), ("cuda:0", .cuda(0)),
        ("cuda:7", .cuda(7)), ("CUDA:12", .cuda(12)),
    ])
    func parsing(_ text: String, _ choice: DeviceChoice) throws {
        let parsed = try DeviceChoice(parsing: text)
        #expect(parsed == choice)
        #expect(try DeviceChoice(parsing: "\(parsed)") == choice)
    }

    @Test(arguments: ["", "gpu", "cuda0", "cpu:0", " cpu", "mps"])
    func noDevice(_ text: String) {
        expectError(.badRequest, "\"\(text)\" is no device", "auto, cpu or cuda:N") {
            _ = try DeviceChoice(parsing: text)
        }
    }

    @Test(arguments: [
        "cuda:", "cuda:-1", "cuda:+1", "cuda:x", "cuda:0x1", "cuda:1024", "cuda:99999999999999999999", "cuda:²",
    ])
    func noNumber(_ text: String) {
        expectError(.badRequest, "is not the number of a GPU", "cuda:0") { _ = try DeviceChoice(parsing: text) }
    }

    /// What is asked for by name is never replaced by something else.
    @Test func gpuByNameIsAnError() async throws {
        var options = RunnerOptions()
        options.device = .cuda(31)
        do {
            _ = try await Runner(which: .plain(modelID: Golden.path("models/llama")), options: options)
            Issue.record("cuda:31 ran")
        } catch {
            #expect("\(error)".contains("cuda:31"), "\(error)")
        }
    }
}
