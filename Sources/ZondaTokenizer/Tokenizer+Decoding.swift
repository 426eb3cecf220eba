public import ZondaCore

extension Tokenizer {
    /// The text of `ids`. Ids that no token has are passed over; bytes that are no character become U+FFFD.
    ///
    /// - Parameter skipSpecialTokens: leaves out markup such as `<|im_end|>`.
    /// - Throws: `ZondaError` of code `badRequest` when a decoder's pattern takes too many steps.
    public func decode(_ ids: some Swift.Sequence<TokenID>, skipSpecialTokens: Bool = false) throws(ZondaError)
        -> String
    {
        var tokens: [ArraySlice<UInt8>] = []
        for id in ids where !(skipSpecialTokens && isSpecial(id)) {
            if let token = bytes(of: id) { tokens.append(token) }
        }
        return String(decoding: try decoder.decode(tokens, startsText: true), as: UTF8.self)
    }
}
