import OrderedCollections
import ZondaCore
import ZondaFormats

extension TokenModel {
    /// The model that a `tokenizer.json` describes. Files from before types were written are told by their members.
    init(_ settings: SettingsReader) throws(ZondaError) {
        let type = try settings.optionalString("type") ?? Self.guessedType(settings)
        switch type {
        case "BPE": self = .bytePairs(try BytePairEncoder(settings))
        case "Unigram": self = .unigram(try UnigramEncoder(settings))
        case "WordPiece", "WordLevel": self = .words(try WordEncoder(settings, type: type))
        default: throw settings.unsupported(type, known: "BPE, Unigram, WordPiece and WordLevel")
        }
    }

    private static func guessedType(_ settings: SettingsReader) -> String {
        if settings.value("merges") != nil { return "BPE" }
        if settings.value("vocab")?.array != nil { return "Unigram" }
        return settings.value("continuing_subword_prefix") != nil ? "WordPiece" : "WordLevel"
    }
}

extension BytePairEncoder {
    fileprivate init(_ settings: SettingsReader) throws(ZondaError) {
        if let dropout = settings.value("dropout")?.double, dropout != 0 {
            throw ZondaError(
                .unsupported, "\(settings.place).dropout is \(dropout): tokens would be drawn at random",
                remedy: "set it to null, which is right for answering")
        }
        let vocabulary = try settings.vocabulary()
        var options = Options()
        options.fusesUnknown = try settings.optionalBool("fuse_unk") ?? false
        options.fallsBackToBytes = try settings.optionalBool("byte_fallback") ?? false
        options.ignoresMerges = try settings.optionalBool("ignore_merges") ?? false
        options.continuingPrefix = Array((try settings.optionalString("continuing_subword_prefix") ?? "").utf8)
        options.endSuffix = Array((try settings.optionalString("end_of_word_suffix") ?? "").utf8)
        if let unknown = try settings.optionalString("unk_token") {
            guard let id = vocabulary.id(of: unknown) else {
                throw settings.failure("unk_token", "is \"\(unknown)\", which the vocabulary lacks")
            }
            options.unknown = id
        }
        let merges = try settings.merges(vocabulary, prefixLength: options.continuingPrefix.count)
        self.init(vocabulary, merges: merges, options)
    }
}

extension UnigramEncoder {
    fileprivate init(_ settings: SettingsReader) throws(ZondaError) {
        var tokens = ByteStrings()
        var scores: [Double] = []
        for entry in try settings.array("vocab") {
            guard let pair = entry.array, pair.count == 2, let token = pair[0].string, let score = pair[1].double else {
                throw settings.failure("vocab", "has an entry \(scores.count) that is not a token and its score")
            }
            tokens.append(token.utf8)
            scores.append(score)
        }
        var options = Options()
        options.fallsBackToBytes = try settings.optionalBool("byte_fallback") ?? false
        if let unknown = try settings.optionalTokenID("unk_id") {
            guard unknown < scores.count else {
                throw settings.failure("unk_id", "is \(unknown), beyond \(scores.count) tokens")
            }
            options.unknown = unknown
        }
        let least = scores.min() ?? 0
        self.init(try Vocabulary(tokens), scores: scores, leastScore: least, options) { _ in true }
    }
}

extension WordEncoder {
    fileprivate init(_ settings: SettingsReader, type: String) throws(ZondaError) {
        let vocabulary = try settings.vocabulary()
        var kind = Kind.word
        if type == "WordPiece" {
            kind = .pieces(
                continuing: Array((try settings.optionalString("continuing_subword_prefix") ?? "##").utf8),
                maxCharacters: try settings.optionalCount("max_input_chars_per_word", limit: 1 << 20) ?? 100)
        }
        let unknown = try settings.optionalString("unk_token").flatMap { vocabulary.id(of: $0) }
        self.init(vocabulary: vocabulary, kind: kind, unknown: unknown)
    }
}

extension SettingsReader {
    /// `vocab`: `{"token": id}`. Ids may have gaps.
    fileprivate func vocabulary() throws(ZondaError) -> Vocabulary {
        guard let entries = value("vocab")?.object else { throw failure("vocab", "is missing or not an object") }
        var order: [Int32] = []
        var byteCount = 0
        for (index, (token, value)) in entries.enumerated() {
            guard let id = value.integer, 0..<Vocabulary.maxCount ~= id else {
                throw failure(
                    "vocab", "gives \"\(token)\" an id that is not from 0 to \(Vocabulary.maxCount - 1)")
            }
            while order.count <= id { order.append(-1) }
            guard order[id] < 0 else {
                throw failure("vocab", "gives id \(id) to \"\(entries.keys[Int(order[id])])\" and to \"\(token)\"")
            }
            order[id] = Int32(index)
            byteCount += token.utf8.count
        }
        var tokens = ByteStrings()
        tokens.reserve(count: order.count, byteCount: byteCount)
        for index in order {
            if index < 0 { tokens.append([]) } else { tokens.append(entries.keys[Int(index)].utf8) }
        }
        return try Vocabulary(tokens)
    }

    /// `merges`: `"left right"`, or `["left", "right"]` in newer files.
    fileprivate func merges(_ vocabulary: Vocabulary, prefixLength: Int) throws(ZondaError) -> MergeTable {
        let merges = try array("merges")
        guard merges.count <= Vocabulary.maxCount else {
            throw failure("merges", "has \(merges.count) entries, above the cap of \(Vocabulary.maxCount)")
        }
        var table = MergeTable(capacity: merges.count)
        for (rank, merge) in merges.enumerated() {
            let left: [UInt8]
            let right: [UInt8]
            switch merge {
            case .array(let pair) where pair.count == 2:
                guard let first = pair[0].string, let second = pair[1].string else {
                    throw failure("merges", "has an entry \(rank) that is not two tokens")
                }
                (left, right) = (Array(first.utf8), Array(second.utf8))
            case .string(let text):
                let parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
                guard parts.count == 2 else {
                    throw failure("merges", "has \"\(text)\" at \(rank), which is not two tokens and a space")
                }
                (left, right) = (Array(parts[0]), Array(parts[1]))
            default: throw failure("merges", "has an entry \(rank) that is \(merge.kind)")
            }
            guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right),
                let token = vocabulary.id(of: left + right.dropFirst(prefixLength))
            else {
                throw failure(
                    "merges",
                    "joins \"\(String(decoding: left, as: UTF8.self))\" and \"\(String(decoding: right, as: UTF8.self))\" "
                        + "at \(rank), but the vocabulary lacks one of them or what they make")
            }
            table.insert(leftID, rightID, MergeTable.Merge(rank: UInt32(rank), token: token))
        }
        return table
    }
}
