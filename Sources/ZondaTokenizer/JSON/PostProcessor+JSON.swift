import ZondaCore
import ZondaFormats

extension PostProcessor {
    /// The post-processor that a `tokenizer.json` describes, for a single text.
    init(_ settings: SettingsReader?) throws(ZondaError) {
        if let settings { self = try Self.read(settings) } else { self = .none }
    }

    private static func read(_ settings: SettingsReader) throws(ZondaError) -> PostProcessor {
        let type = try settings.type()
        switch type {
        case "ByteLevel": return .none
        case "BertProcessing", "RobertaProcessing":
            return PostProcessor(before: [try settings.pairedID("cls")], after: [try settings.pairedID("sep")])
        case "TemplateProcessing": return try template(settings)
        case "Sequence":
            var whole = PostProcessor.none
            for member in try settings.objects("processors") { whole = try read(member).wrapping(whole) }
            return whole
        default:
            throw settings.unsupported(
                type, known: "Sequence, TemplateProcessing, BertProcessing, RobertaProcessing and ByteLevel")
        }
    }

    /// This one applied after `inner`.
    private func wrapping(_ inner: PostProcessor) -> PostProcessor {
        PostProcessor(parts: parts.flatMap { $0 == .text ? inner.parts : [$0] })
    }

    private static func template(_ settings: SettingsReader) throws(ZondaError) -> PostProcessor {
        let tokens = try settings.optionalObject("special_tokens")
        var parts: [Part] = []
        for piece in try settings.objects("single") {
            if let special = try piece.optionalObject("SpecialToken") {
                let name = try special.string("id")
                guard let token = try tokens?.optionalObject(name) else {
                    throw settings.failure("single", "names \"\(name)\", which special_tokens lacks")
                }
                parts.append(.tokens(try token.tokenIDs("ids")))
            } else if try piece.optionalObject("Sequence") != nil {
                parts.append(.text)
            } else {
                throw settings.failure("single", "has a piece that is neither a Sequence nor a SpecialToken")
            }
        }
        return PostProcessor(parts: parts)
    }
}

extension SettingsReader {
    /// `["[CLS]", 101]`
    fileprivate func pairedID(_ key: String) throws(ZondaError) -> TokenID {
        let pair = try array(key)
        guard pair.count == 2, let id = pair[1].integer, 0..<Vocabulary.maxCount ~= id else {
            throw failure(key, "is not a token and its id")
        }
        return TokenID(id)
    }

    fileprivate func tokenIDs(_ key: String) throws(ZondaError) -> [TokenID] {
        var ids: [TokenID] = []
        for value in try array(key) {
            guard let id = value.integer, 0..<Vocabulary.maxCount ~= id else {
                throw failure(key, "has \(value.kind) that is no token id")
            }
            ids.append(TokenID(id))
        }
        return ids
    }
}
