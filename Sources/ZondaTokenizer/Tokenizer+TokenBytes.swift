public import ZondaCore

extension Tokenizer {
    /// The bytes that token `id` adds to a text that it stands in the middle of, perhaps a part of a character; nil for
    /// markup and for ids that no token has.
    ///
    /// - Throws: `unsupported` where what a token becomes depends on those around it.
    public func textBytes(of id: TokenID) throws(ZondaError) -> [UInt8]? {
        guard !isSpecial(id), let token = bytes(of: id) else { return nil }
        guard !decoder.looksAhead else {
            throw ZondaError(
                .unsupported, "the tokens of this model's tokenizer have no bytes of their own",
                remedy: "ask for an answer without a constraint")
        }
        // Alone it is no UTF-8, and would become U+FFFD.
        if decoder.mustWait(after: token), let byte = TokenDecoder.byte(spelledBy: token) { return [byte] }
        return try decoder.decode([token], startsText: false)
    }
}
