import FoundationEssentials
import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats
import ZondaHub

/// A runner that Python holds.
struct LoadedRunner: Sendable {
    let runner: Runner

    /// Starts loading what `body` describes. Events: `progress`, `message`, at last `loaded`.
    static func load(_ body: JSONValue?) throws(ZondaError) -> Request {
        let arguments = try Arguments(
            body, name: "load",
            keys: [
                "which", "max_seq_len", "max_batch_size", "device", "threads", "kv_type", "kv_byte_count",
                "prefix_caching", "deterministic", "float32", "chat_template", "tokenizer_json", "hub", "downloads",
            ])
        var which = try Which(arguments.value("which"))
        if let length = try arguments.positiveInteger("max_seq_len") { which = which.withMaxSeqLen(length) }
        if let size = try arguments.positiveInteger("max_batch_size") { which = which.withMaxBatchSize(size) }
        let options = try RunnerOptions(arguments)
        return Request { [which] events in
            var options = options
            options.onProgress = { events.post(.progress(task: "loading weights", done: $0, total: $1)) }
            options.onDownload = { progress in
                for event in Event.download(progress) { events.post(event) }
            }
            options.onEvent = { events.post(.message($0)) }
            let runner = try await Runner(which: which, options: options)
            events.post(.loaded(LoadedRunner(runner: runner)))
        }
    }
}

extension Which {
    /// `{"kind": "plain", "model_id", "arch"}` or `{"kind": "gguf", "quantized_model_id", …}`.
    fileprivate init(_ value: JSONValue?) throws(ZondaError) {
        let arguments = try Arguments(
            value, name: "which",
            keys: ["kind", "model_id", "arch", "tok_model_id", "quantized_model_id", "quantized_filename"])
        switch try arguments.string("kind") {
        case "plain":
            let name = try arguments.optionalString("arch")
            let arch: Architecture? = if let name { try .named(name) } else { nil }
            self = .plain(modelID: try arguments.string("model_id"), arch: arch)
        case "gguf":
            self = .gguf(
                tokModelID: try arguments.optionalString("tok_model_id"),
                quantizedModelID: try arguments.string("quantized_model_id"),
                quantizedFilename: try arguments.string("quantized_filename"))
        case let kind:
            throw ZondaError(.badRequest, "which.kind is \"\(kind)\"", remedy: "use plain or gguf")
        }
    }
}

extension RunnerOptions {
    fileprivate init(_ arguments: Arguments) throws(ZondaError) {
        self.init()
        if let name = try arguments.optionalString("device") { device = try DeviceChoice(parsing: name) }
        threads = try arguments.positiveInteger("threads")
        kvByteCount = try arguments.positiveInteger("kv_byte_count")
        prefixCaching = try arguments.optionalBool("prefix_caching") ?? prefixCaching
        isDeterministic = try arguments.optionalBool("deterministic") ?? isDeterministic
        usesFloat32 = try arguments.optionalBool("float32") ?? usesFloat32
        downloads = try arguments.optionalBool("downloads") ?? downloads
        hub = try HubEnvironment(arguments.value("hub"))
        chatTemplate = try arguments.optionalString("chat_template")
        tokenizerPath = try arguments.optionalString("tokenizer_json")
        if let name = try arguments.optionalString("kv_type") {
            guard let type = DType.ofKeysAndValues.first(where: { $0.rawValue.lowercased() == name.lowercased() })
            else {
                throw ZondaError(
                    .badRequest, "\"\(name)\" is no type of keys and values",
                    remedy: "use \(DType.ofKeysAndValues.map { $0.rawValue.lowercased() }.joined(separator: ", "))")
            }
            kvType = type
        }
    }
}

extension HubEnvironment {
    /// The process's environment with some variables of the hub changed; nil to leave it as it is.
    fileprivate init?(_ value: JSONValue?) throws(ZondaError) {
        guard let value else { return nil }
        let keys = ["HF_TOKEN", "HF_HUB_CACHE", "HF_HUB_DISABLE_IMPLICIT_TOKEN"]
        let changes = try Arguments(value, name: "hub", keys: keys)
        var environment = ProcessInfo.processInfo.environment
        for key in keys { environment[key] = try changes.optionalString(key) ?? environment[key] }
        self.init(environment: environment)
    }
}

extension Event {
    /// How far a download is: the file, and all of them where there are several.
    fileprivate static func download(_ progress: HubProgress) -> [Event] {
        var events: [Event] = []
        switch progress.phase {
        case .waiting:
            events.append(.message("another process downloads \(progress.file); waiting for it"))
        case .damaged:
            events.append(.message("\(progress.file) is downloaded again: it arrived damaged"))
        case .restarted:
            events.append(.message("\(progress.file) is downloaded from its beginning: its server can't go on"))
        case .downloading, .complete:
            events.append(
                .progress(
                    task: progress.file, done: progress.fileDoneByteCount, total: progress.fileByteCount))
        }
        if progress.fileCount > 1 {
            events.append(.progress(task: progress.model, done: progress.doneByteCount, total: progress.byteCount))
        }
        return events
    }

    fileprivate static func message(_ text: String) -> Event {
        .json(.object(["event": "message", "text": .string(text)]))
    }
}

extension DType {
    fileprivate static let ofKeysAndValues: [DType] = [.f16, .f32, .bf16, .fp8, .q8_0]
}

extension Arguments {
    /// A count that must not be 0.
    fileprivate func positiveInteger(_ key: String) throws(ZondaError) -> Int? {
        guard let value = try optionalInteger(key) else { return nil }
        guard value > 0 else { throw ZondaError(.badRequest, "\(key) is \(value)", remedy: "use 1 or more") }
        return value
    }
}

extension ModelInfo {
    /// What Python shows as `runner.info`.
    var json: JSONValue {
        .object([
            "path": .string(path), "architecture": .string(architecture), "layer_count": .integer(layerCount),
            "vocabulary_count": .integer(vocabularyCount), "parameter_count": .integer(parameterCount),
            "weight_byte_count": .integer(weightByteCount), "file_byte_count": .integer(fileByteCount),
            "kv_byte_count": .integer(kvByteCount), "kv_token_count": .integer(memory.kvTokenCount),
            "max_seq_len": .integer(maxSequenceLength), "max_batch_size": .integer(maxBatchSize),
            "device": .string(device), "device_id": .string(memory.deviceID), "load_time": .number(loadTime),
        ])
    }
}
