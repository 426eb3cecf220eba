import ArgumentParser
import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats
import ZondaHub

struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Downloads a model from the Hugging Face hub.",
        discussion: """
            The files go into the cache that Python's huggingface_hub uses (HF_HUB_CACHE, HF_HOME), and only those that \
            are used: configuration, tokenizer and safetensors, or a GGUF file with all its parts. Ctrl-C stops; run again, \
            it goes on from where it was. The folder with the files is printed. HF_TOKEN, HF_ENDPOINT and HTTPS_PROXY \
            are respected.

            EXAMPLES
              zonda pull Qwen/Qwen3-0.6B
              zonda pull Qwen/Qwen2.5-7B-Instruct-GGUF:Q4_K_M
              zonda pull bartowski/SmolLM2-135M-Instruct-GGUF:SmolLM2-135M-Instruct-Q8_0.gguf
              zonda pull mistralai/Mistral-7B-Instruct-v0.1 --revision refs/pr/3 --json
            """)

    @Argument(help: "REPO, REPO:FILE or REPO:QUANT; of several GGUF files Q4_K_M when none is named.")
    var model: String

    @Option(help: "A branch, a tag or a whole commit.")
    var revision: String?

    @Option(help: "Another cache than that of the environment.")
    var cacheDir: String?

    @Flag(help: "Prints what was fetched as one JSON object.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress.")
    var quiet = false

    func run() async throws {
        let reference = try ModelReference(model)
        var hub = HubEnvironment()
        if let cacheDir { hub = hub.with(cache: cacheDir) }
        let bars = DownloadBars()
        defer { bars.finish() }
        let isQuiet = quiet
        let pulled = try await HubClient(hub).pull(reference, revision: revision) { progress in
            if !isQuiet { bars.update(progress) }
        }
        bars.finish()
        if json { return Terminal.answer(Self.json(pulled).text + "\n") }
        if !quiet {
            let there = pulled.byteCount - pulled.fetchedByteCount
            let kept = there > 0 ? ", \(ByteCount.text(there)) was there" : ""
            Terminal.error(
                "\(reference) at \(pulled.commit.prefix(8)): \(pulled.files.count) files, "
                    + "\(ByteCount.text(pulled.fetchedByteCount)) fetched\(kept)")
        }
        Terminal.answer(pulled.folder + "\n")
    }

    private static func json(_ pulled: PulledModel) -> JSONValue {
        .object([
            "model": .string("\(pulled.reference)"),
            "revision": .string(pulled.revision),
            "commit": .string(pulled.commit),
            "folder": .string(pulled.folder),
            "byteCount": .integer(pulled.byteCount),
            "fetchedByteCount": .integer(pulled.fetchedByteCount),
            "files": .array(
                pulled.files.map { .object(["path": .string($0.path), "byteCount": .integer($0.byteCount)]) }),
        ])
    }
}
