import OrderedCollections
import ZondaCore
import ZondaFormats

extension AddedToken {
    /// An entry of `added_tokens` in a `tokenizer.json`, or of `added_tokens_decoder` in a `tokenizer_config.json`, where
    /// the id is the key.
    init(_ settings: SettingsReader, id: TokenID? = nil) throws(ZondaError) {
        var id = id
        if id == nil { id = try settings.optionalTokenID("id") }
        guard let id else { throw settings.failure("id", "is missing") }
        let isSpecial = try settings.optionalBool("special") ?? false
        self.init(
            id: id, content: try settings.string("content"), isSpecial: isSpecial,
            isNormalized: try settings.optionalBool("normalized") ?? !isSpecial,
            stripsLeft: try settings.optionalBool("lstrip") ?? false,
            stripsRight: try settings.optionalBool("rstrip") ?? false,
            isSingleWord: try settings.optionalBool("single_word") ?? false)
    }
}

/// What a `tokenizer_config.json` adds to a `tokenizer.json`.
struct TokenizerConfiguration {
    private let settings: SettingsReader

    init(_ value: JSONValue) throws(ZondaError) {
        settings = try SettingsReader(value, place: "tokenizer_config.json")
    }

    /// Tokens that the `tokenizer.json` may lack.
    func addedTokens() throws(ZondaError) -> [AddedToken] {
        guard let entries = try settings.optionalObject("added_tokens_decoder") else { return [] }
        var tokens: [AddedToken] = []
        for key in entries.members.keys {
            guard let id = TokenID(key), 0..<Vocabulary.maxCount ~= Int(id) else {
                throw entries.failure(key, "is not a token id")
            }
            if let entry = try entries.optionalObject(key) { tokens.append(try AddedToken(entry, id: id)) }
        }
        return tokens
    }

    func specialTokens(_ id: (String) -> TokenID?) throws(ZondaError) -> SpecialTokens {
        var special = SpecialTokens()
        special.bos = try content("bos_token").flatMap(id)
        special.eos = try content("eos_token").flatMap(id)
        special.unknown = try content("unk_token").flatMap(id)
        special.padding = try content("pad_token").flatMap(id)
        special.separator = try content("sep_token").flatMap(id)
        special.mask = try content("mask_token").flatMap(id)
        return special
    }

    /// A token is its text, or an object with the text as `content`.
    private func content(_ key: String) throws(ZondaError) -> String? {
        if settings.value(key)?.object != nil { return try settings.optionalObject(key)?.string("content") }
        return try settings.optionalString(key)
    }

    /// `add_bos_token` and `add_eos_token`, when one is there, stand in for the post-processor (transformers 5).
    func postProcessor(_ special: SpecialTokens) throws(ZondaError) -> PostProcessor? {
        let addsBOS = try settings.optionalBool("add_bos_token")
        let addsEOS = try settings.optionalBool("add_eos_token")
        guard addsBOS != nil || addsEOS != nil else { return nil }
        return PostProcessor(
            before: addsBOS == true ? [special.bos].compactMap { $0 } : [],
            after: addsEOS == true ? [special.eos].compactMap { $0 } : [])
    }
}
