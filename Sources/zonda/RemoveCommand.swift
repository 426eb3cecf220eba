import ArgumentParser
import Zonda
import ZondaCore
import ZondaFormats
import ZondaHub

struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes a model, or one of its files, from the local Hugging Face cache.",
        discussion: """
            What other revisions use stays. A model that another process downloads is not removed.

            EXAMPLES
              zonda rm Qwen/Qwen3-0.6B
              zonda rm Qwen/Qwen2.5-7B-Instruct-GGUF:Q8_0 --yes
            """)

    @Argument(help: "REPO, REPO:FILE or REPO:QUANT.")
    var model: String

    @Option(help: "Another cache than that of the environment.")
    var cacheDir: String?

    @Flag(name: .shortAndLong, help: "Does not ask.")
    var yes = false

    func run() throws {
        var hub = HubEnvironment()
        if let cacheDir { hub = hub.with(cache: cacheDir) }
        let removal = try HubCache(hub).removal(of: try ModelReference(model))
        let size = ByteCount.text(removal.byteCount)
        if !yes {
            guard Terminal.isInputInteractive else {
                throw ZondaError(
                    .badRequest, "\(model) is not removed: nobody is there to be asked", remedy: "add --yes")
            }
            Terminal.note("Remove \(removal.reference) and free \(size)? [y/N] ")
            guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
                return Terminal.error("nothing was removed")
            }
        }
        try removal.run()
        Terminal.error("removed \(removal.reference), \(size) freed")
    }
}
