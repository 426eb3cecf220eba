import ArgumentParser
import Glibc
import Zonda

@main
struct ZondaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zonda",
        abstract: "Runs large language models on the hardware that is there.",
        discussion: """
            A MODEL is a folder with config.json and safetensors, a .gguf file, or the id of a model in the local \
            Hugging Face cache.

            EXAMPLES
              zonda run model.gguf "Why is the sky blue?"
              echo "Summarize: …" | zonda run Qwen/Qwen3-0.6B
              zonda serve model.gguf --port 8080
              zonda bench model.gguf --prompt 512 --generate 64

            EXIT CODES
              0 success, 1 failure (the message says why), 64 wrong usage, 130 interrupted
            """,
        version: zondaVersion,
        subcommands: [
            RunCommand.self, ServeCommand.self, BenchCommand.self, PerplexityCommand.self, InspectCommand.self,
            DoctorCommand.self,
            LogitsCommand.self, TokenizeCommand.self, TemplateCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ZondaError {
            Terminal.error("error: \(error)")
            _exit(1)
        } catch is CancellationError {
            _exit(130)
        } catch {
            Self.exit(withError: error)
        }
    }
}
