import Foundation
import OrderedCollections
import TestSupport
import Zonda
import ZondaFormats

/// The tiny golden model with a tokenizer of single bytes and a chat template: it answers nonsense, always the same.
enum TinyChat {
    /// - Parameters:
    ///   - markers: further special tokens, from `firstMarker` on.
    ///   - template: in place of the one that writes `[user]Hello` and `[assistant]`.
    static func runner(
        context: Int = 1024, batch: Int = 8, markers: [String] = [], template: String? = nil
    ) async throws -> Runner {
        var options = RunnerOptions()
        options.chatTemplate = template
        options.threads = 1
        options.device = .cpu
        // Once it is loaded, the model needs its folder no more.
        let folder = try makeFolder(markers)
        defer { withExtendedLifetime(folder) {} }
        return try await Runner(
            which: .plain(modelID: folder.path).withMaxSeqLen(context).withMaxBatchSize(batch), options: options)
    }

    static let template =
        "{% for message in messages %}[{{ message.role }}]{{ message.content }}\n{% endfor %}"
        + "{% if add_generation_prompt %}[assistant]{% endif %}"

    private static let specials = ["<pad>", "<s>", "</s>"]

    /// The token of a byte.
    static func token(_ byte: UInt8) -> Int { specials.count + Int(byte) }
    static let firstMarker = specials.count + 256

    private static func makeFolder(_ markers: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["config.json", "generation_config.json", "model.safetensors"] {
            let data = try Data(contentsOf: URL(filePath: Golden.path("models/llama/\(name)")))
            try folder.write(name, Array(data))
        }
        try folder.write("tokenizer.json", tokenizer(markers).text)
        try folder.write("tokenizer_config.json", #"{"bos_token": "<s>", "eos_token": "</s>"}"#)
        try folder.write("chat_template.jinja", template)
        return folder
    }

    /// Three special tokens, the 256 bytes as byte-level BPE spells them, the markers, and fillers up to the model's
    /// vocabulary.
    private static func tokenizer(_ markers: [String]) -> JSONValue {
        var vocabulary: OrderedDictionary<String, JSONValue> = [:]
        for name in specials { vocabulary[name] = .integer(vocabulary.count) }
        var spare: UInt32 = 256
        for byte in UInt32(0)..<256 {
            let isPlain = (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
            let code = isPlain ? byte : spare
            if !isPlain { spare += 1 }
            vocabulary[String(Character(Unicode.Scalar(code) ?? "?"))] = .integer(vocabulary.count)
        }
        for name in markers { vocabulary[name] = .integer(vocabulary.count) }
        while vocabulary.count < 320 { vocabulary["filler\(vocabulary.count)"] = .integer(vocabulary.count) }
        let added = (specials + markers).map { name in
            JSONValue.object([
                "id": vocabulary[name] ?? .null, "content": .string(name), "special": true, "normalized": false,
                "lstrip": false, "rstrip": false, "single_word": false,
            ])
        }
        let byteLevel = JSONValue.object([
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
        ])
        return .object([
            "version": "1.0", "added_tokens": .array(added), "normalizer": .null, "pre_tokenizer": byteLevel,
            "post_processor": .null, "decoder": byteLevel,
            "model": .object([
                "type": "BPE", "vocab": .object(vocabulary), "merges": .array([]), "byte_fallback": false,
            ]),
        ])
    }
}
