import Foundation
import OrderedCollections
import TestSupport
import Zonda
import ZondaFormats

/// The tiny golden model with a tokenizer of single bytes and a chat template: it answers nonsense, always the same.
enum TinyChat {
    static func runner(context: Int = 1024, batch: Int = 8) async throws -> Runner {
        var options = RunnerOptions()
        options.threads = 1
        options.device = .cpu
        // Once it is loaded, the model needs its folder no more.
        let folder = try makeFolder()
        defer { withExtendedLifetime(folder) {} }
        return try await Runner(
            which: .plain(modelID: folder.path).withMaxSeqLen(context).withMaxBatchSize(batch), options: options)
    }

    private static func makeFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["config.json", "generation_config.json", "model.safetensors"] {
            let data = try Data(contentsOf: URL(filePath: Golden.path("models/llama/\(name)")))
            try folder.write(name, Array(data))
        }
        try folder.write("tokenizer.json", tokenizer.text)
        try folder.write("tokenizer_config.json", #"{"bos_token": "<s>", "eos_token": "</s>"}"#)
        try folder.write(
            "chat_template.jinja",
            "{% for message in messages %}[{{ message.role }}]{{ message.content }}\n{% endfor %}"
                + "{% if add_generation_prompt %}[assistant]{% endif %}")
        return folder
    }

    /// Three special tokens, the 256 bytes as byte-level BPE spells them, and fillers up to the model's vocabulary.
    private static var tokenizer: JSONValue {
        let specials = ["<pad>", "<s>", "</s>"]
        var vocabulary: OrderedDictionary<String, JSONValue> = [:]
        for name in specials { vocabulary[name] = .integer(vocabulary.count) }
        var spare: UInt32 = 256
        for byte in UInt32(0)..<256 {
            let isPlain = (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
            let code = isPlain ? byte : spare
            if !isPlain { spare += 1 }
            vocabulary[String(Character(Unicode.Scalar(code) ?? "?"))] = .integer(vocabulary.count)
        }
        while vocabulary.count < 320 { vocabulary["filler\(vocabulary.count)"] = .integer(vocabulary.count) }
        let added = specials.enumerated().map { id, name in
            JSONValue.object([
                "id": .integer(id), "content": .string(name), "special": true, "normalized": false, "lstrip": false,
                "rstrip": false, "single_word": false,
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
