import ArgumentParser
import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Shows the devices, libraries, threads and memory that Zonda sees, what is missing, and where it looks for models.",
        discussion: """
            EXAMPLES
              zonda doctor
              zonda doctor --json
            """)

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        let machine = MachineInfo.current
        let cuda = CUDAReport(info: .discover())
        let cache = ModelLocator().hubCache
        let models = Files.exist(cache) ? "\(cache)" : "\(cache) (not there)"
        if json {
            return Terminal.answer(
                JSONValue.object([
                    "version": .string(zondaVersion),
                    "processor": .string(machine.processor),
                    "instructionSets": .array(machine.instructionSets.map { .string($0) }),
                    "threads": .integer(machine.threadCount),
                    "memoryByteCount": .integer(machine.memoryByteCount),
                    "availableByteCount": .integer(machine.availableByteCount),
                    "hubCache": .string(cache),
                    "hubCacheExists": .bool(Files.exist(cache)),
                    "cuda": cuda.json,
                ]).text + "\n")
        }
        Terminal.answer(
            """
            Zonda        \(zondaVersion)
            device       cpu: \(machine.processor)
            instructions \(machine.instructionSets.joined(separator: ", ")) (the last one is used; --isa forces another)
            threads      \(machine.threadCount) (physical cores within the process's share; --threads overrides)
            memory       \(ByteCount.text(machine.availableByteCount)) available of \
            \(ByteCount.text(machine.memoryByteCount))
            models       \(models)
            \(cuda.text)

            """)
    }
}
