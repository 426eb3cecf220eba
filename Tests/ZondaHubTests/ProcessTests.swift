import Foundation
import NIOCore
import TestSupport
import Testing
import Zonda
import ZondaCore
import ZondaFormats

@testable import ZondaHub

/// The command, and processes beside each other.
@Suite(.timeLimit(.minutes(5))) struct ProcessTests {
    @Test func pullListAndRemove() async throws {
        let fixture = try await Fixture(Fixture.ggufModels)
        let environment = fixture.environment
        let pulled = try await Program.zonda("pull", "org/model:q8_0", environment: environment).output()
        #expect(pulled.status == 0, "\(pulled.errors)")
        #expect(pulled.text == fixture.snapshot + "\n")
        #expect(pulled.errors.contains("org/model:Q8_0 at c0ffee00: 1 files, 4.9 KiB fetched"))
        let json = try await Program.zonda("pull", "org/model:F16", "--json", environment: environment).output().json()
        #expect(json["fetchedByteCount"]?.integer == 1_300_000)
        #expect(json["files"]?.array?.count == 2)

        let table = try await Program.zonda("list", environment: environment).output().text
        #expect(table.contains("org/model  main"))
        #expect(table.contains("1 models, 1.2 MiB"))
        let list = try await Program.zonda("list", "--json", environment: environment).output().json()
        #expect(list.array?.first?["model"]?.string == "org/model")
        #expect(list.array?.first?["byteCount"]?.integer == 1_305_000)
        #expect(list.array?.first?["revisions"]?.array?.first?["files"]?.array?.count == 3)

        let unasked = try Program.zonda("rm", "org/model:F16", environment: environment)
        let refused = try await unasked.output()
        #expect(refused.status == 1)
        #expect(refused.errors.contains("add --yes"))
        let removed = try await Program.zonda("rm", "org/model:F16", "--yes", environment: environment).output()
        #expect(removed.status == 0, "\(removed.errors)")
        #expect(removed.errors == "removed org/model:F16, 1.2 MiB freed\n")
        #expect(fixture.names("blobs").count == 1)

        let wrong = try await Program.zonda("pull", "org/model:Q5_K_M", environment: environment).output()
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("there are: F16 (1.2 MiB), Q8_0 (4.9 KiB), Q4_K_M (3.9 KiB)"), "\(wrong.errors)")
    }

    @Test func twoProcessesFetchNothingTwice() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { request, _, answer in
            if request.isStorage { answer.delay = .milliseconds(20) }
        }
        let programs = try (0..<3).map { _ in
            try Program.zonda("pull", "org/model", "--json", environment: fixture.environment)
        }
        var fetched = 0
        for program in programs {
            let output = try await program.output()
            #expect(output.status == 0, "\(output.errors)")
            fetched += try output.json()["fetchedByteCount"]?.integer ?? 0
        }
        let all = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]
        #expect(fetched == all.reduce(0) { $0 + Fixture.safetensorsModel[$1]!.bytes.count })
        for path in all.dropLast() { #expect(fixture.hub.fetches(of: path).count == 1, "\(path)") }
        #expect(try fixture.bytes("model.safetensors") == Fixture.weights.bytes)
    }

    @Test func aProcessThatIsKilledLeavesABeginning() async throws {
        let file = Fixture.large(60_000_000)
        let fixture = try await Fixture(["model.safetensors": file, "config.json": Fixture.small("{}")])
        fixture.hub.intercept { request, _, answer in
            if request.isStorage { answer.delay = .milliseconds(25) }
        }
        let part = "\(fixture.modelFolder)/blobs/\(file.sha256).incomplete"
        let blob = "\(fixture.modelFolder)/blobs/\(file.sha256)"
        func size() -> Int { ((try? FileManager.default.attributesOfItem(atPath: part)[.size]) as? Int) ?? 0 }
        for signal in [SIGINT, SIGKILL] {
            let before = size()
            let program = try Program.zonda("pull", "org/model", environment: fixture.environment)
            while size() <= before {
                try #require(!fixture.exists(blob), "the download ended before it could be killed")
                try await Task.sleep(for: .milliseconds(20))
            }
            kill(program.processID, signal)
            let output = try await program.output()
            #expect(output.status != 0)
        }
        let kept = try Data(contentsOf: URL(filePath: part))
        #expect(kept.elementsEqual(file.bytes.prefix(kept.count)))
        fixture.hub.intercept { _, _, _ in }
        let output = try await Program.zonda("pull", "org/model", "--json", environment: fixture.environment).output()
        #expect(try output.json()["fetchedByteCount"]?.integer == 60_000_000 - kept.count)
        #expect(try fixture.bytes("model.safetensors") == file.bytes)
    }

    @Test func aModelThatIsNamedIsFetchedAndRuns() async throws {
        var files: [String: FakeHub.File] = [:]
        let source = Golden.path("models/qwen3")
        for name in try FileManager.default.contentsOfDirectory(atPath: source) {
            let bytes = Array(try Data(contentsOf: URL(filePath: "\(source)/\(name)")))
            files[name] = FakeHub.File(bytes: bytes, isLarge: name.hasSuffix(".safetensors"))
        }
        let fixture = try await Fixture(files)
        var options = RunnerOptions()
        options.device = .cpu
        options.hub = HubEnvironment(environment: fixture.environment)
        let seen = Collected<HubProgress>()
        options.onDownload = { seen.append($0) }
        let runner = try await Runner(which: .plain(modelID: "org/model"), options: options)
        #expect(runner.model.architecture == "qwen3")
        #expect(runner.model.path == fixture.snapshot)
        #expect(seen.values.last?.doneByteCount == seen.values.last?.byteCount)
        runner.shutDown()
        let before = fixture.hub.requests.count
        _ = try await Runner(which: .plain(modelID: "org/model"), options: options)
        #expect(fixture.hub.requests.count == before, "what is there is not asked for")

        let other = try await Fixture(files)
        options.hub = HubEnvironment(environment: other.environment)
        options.downloads = false
        let refused = await #expect(throws: ZondaError.self) {
            _ = try await Runner(which: .plain(modelID: "org/model"), options: options)
        }
        #expect(refused?.code == .notFound)
        #expect(refused?.description.contains("zonda pull") == true)
        #expect(other.hub.requests.isEmpty)
    }

    @Test func aGGUFFileAndTheTokenizerOfAnotherModelAreFetched() async throws {
        let gguf = Array(try Data(contentsOf: URL(filePath: Golden.path("gguf/qwen3.gguf"))))
        let fixture = try await Fixture([
            "tiny-F32.gguf": FakeHub.File(bytes: gguf, isLarge: true), "other-Q8_0.gguf": Fixture.large(10),
        ])
        var options = RunnerOptions()
        options.device = .cpu
        options.hub = HubEnvironment(environment: fixture.environment)
        let runner = try await Runner(which: .plain(modelID: "org/model:F32"), options: options)
        #expect(runner.model.path == "\(fixture.snapshot)/tiny-F32.gguf")
        runner.shutDown()
        let named = try await Runner(
            which: .gguf(quantizedModelID: "org/model", quantizedFilename: "tiny-F32.gguf"), options: options)
        #expect(named.model.path == runner.model.path)
        named.shutDown()
        #expect(fixture.hub.fetches(of: "other-Q8_0.gguf").isEmpty)
        let tokenizer = Array(try Data(contentsOf: URL(filePath: Golden.path("tokenizers/qwen2/tokenizer.json"))))
        fixture.hub.update("org/text") {
            $0.files = [
                "tokenizer.json": FakeHub.File(bytes: tokenizer, isLarge: false),
                "model.safetensors": Fixture.large(10),
            ]
        }
        _ = try await Runner(
            which: .gguf(tokModelID: "org/text", quantizedModelID: "org/model", quantizedFilename: "tiny-F32.gguf"),
            options: options)
        #expect(fixture.hub.requests.contains { $0.path.hasSuffix("/tokenizer.json") })
        #expect(fixture.hub.fetches(of: "model.safetensors").isEmpty)
    }
}
