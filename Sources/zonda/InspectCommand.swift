import ArgumentParser
import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what is in a model's files, or what memory it would take, without loading it.",
        discussion: """
            MODEL may be a .safetensors file, too. The options of devices and sizes are for --plan.

            EXAMPLES
              zonda inspect model.gguf
              zonda inspect Qwen/Qwen3-0.6B --json | jq '.tensors[0]'
              zonda inspect model.gguf --plan --device cuda:0 --max-seq-len 8192 --max-batch-size 32
            """)

    @OptionGroup var options: ModelOptions

    @Flag(help: "What the model would take of the device's memory, with these options.")
    var plan = false

    @Flag(help: "One JSON object.")
    var json = false

    @Flag(help: "Only the metadata, no tensors.")
    var metadata = false

    func run() throws {
        if plan {
            let report = MemoryReport(try Runner.plan(which: try options.which, options: options.options))
            return Terminal.answer(json ? report.json.text + "\n" : report.table)
        }
        let report = try ModelReport(try path())
        Terminal.answer(json ? report.json(tensors: !metadata).text + "\n" : report.table(tensors: !metadata))
    }

    private func path() throws -> String {
        let (locator, model) = (ModelLocator(), options.model)
        if let file = options.file { return try locator.locate(file: file, in: model) }
        return model.hasSuffix(".safetensors") ? model : try locator.locate(model).path
    }
}

/// What the headers of a model say.
struct ModelReport {
    let source: any TensorSource
    /// Keys with their values; long arrays are cut.
    let metadata: [(key: String, value: String)]

    init(_ path: String) throws {
        if path.hasSuffix(".gguf") {
            let model = try GGUFModel(path: path)
            source = model
            metadata = model.metadata.entries.map { ($0.key, "\($0.value)") }
        } else {
            source = try SafetensorsModel(path: path)
            let config = "\(path)/config.json"
            metadata =
                Files.exist(config)
                ? try ConfigurationReader(path: config).members.map { ($0.key, $0.value.text) } : []
        }
    }

    func json(tensors: Bool) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "path": .string(source.path),
            "tensorCount": .integer(source.tensors.count),
            "parameterCount": .integer(source.tensors.values.reduce(0) { $0 + $1.elementCount }),
            "byteCount": .integer(source.byteCount),
            "metadata": .object(
                OrderedDictionary(metadata.map { ($0.key, .string($0.value)) }) { first, _ in first }),
        ]
        if tensors {
            members["tensors"] = .array(
                source.tensors.values.map { tensor in
                    .object([
                        "name": .string(tensor.name), "type": .string(tensor.storedType),
                        "shape": .array(tensor.shape.map { .integer($0) }), "byteCount": .integer(tensor.byteCount),
                        "file": .string(tensor.file.path), "offset": .integer(tensor.offset),
                    ])
                })
        }
        return .object(members)
    }

    func table(tensors: Bool) -> String {
        var text = ""
        let width = metadata.map(\.key.count).max() ?? 0
        for (key, value) in metadata {
            let shown = value.count > 100 ? value.prefix(99) + "…" : value[...]
            text += "\(key.padded(to: width))  \(shown.replacing("\n", with: "⏎"))\n"
        }
        if tensors {
            text += text.isEmpty ? "" : "\n"
            let names = source.tensors.values.map(\.name.count).max() ?? 0
            for tensor in source.tensors.values {
                let shape = "[\(tensor.shape.map { "\($0)" }.joined(separator: ", "))]"
                text += "\(tensor.name.padded(to: names))  \(tensor.storedType.padded(to: 8))"
                text += "\(shape.padded(to: 18))\(ByteCount.text(tensor.byteCount))\n"
            }
        }
        var byType: OrderedDictionary<String, (count: Int, bytes: Int)> = [:]
        for tensor in source.tensors.values {
            byType[tensor.storedType, default: (0, 0)].count += 1
            byType[tensor.storedType, default: (0, 0)].bytes += tensor.byteCount
        }
        let types = byType.map { "\($0.value.count) \($0.key) (\(ByteCount.text($0.value.bytes)))" }
        let parameters = Double(source.tensors.values.reduce(0) { $0 + $1.elementCount }) / 1e6
        text += "\n\(source.tensors.count) tensors, \(Terminal.decimal(parameters, 1)) M parameters, "
        return text + "\(ByteCount.text(source.byteCount)): \(types.joined(separator: ", "))\n"
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    func padded(leftTo width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
