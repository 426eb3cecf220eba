public import ZondaCore

extension Tokenizer {
    /// The tokens of `text`.
    ///
    /// - Parameters:
    ///   - addSpecialTokens: puts the special tokens of a whole text around it, such as the one for its beginning.
    ///   - parseSpecial: takes special tokens that are spelled out in the text for what they mean. Pass false for text
    ///     that others wrote, so that it cannot end its own turn.
    /// - Throws: `ZondaError` of code `badRequest` for a text that takes the tokenizer's patterns too many steps.
    /// - Complexity: about linear in the length of the text.
    public func encode(
        _ text: String, addSpecialTokens: Bool = true, parseSpecial: Bool = true
    ) throws(ZondaError) -> [TokenID] {
        try encode(utf8: Array(text.utf8), addSpecialTokens: addSpecialTokens, parseSpecial: parseSpecial)
    }

    /// The tokens of a text given as bytes; what is not UTF-8 counts as U+FFFD.
    public func encode(
        bytes: [UInt8], addSpecialTokens: Bool = true, parseSpecial: Bool = true
    ) throws(ZondaError) -> [TokenID] {
        let text = String(decoding: bytes, as: UTF8.self)
        return try encode(text, addSpecialTokens: addSpecialTokens, parseSpecial: parseSpecial)
    }

    /// - Precondition: `text` is valid UTF-8, which patterns rely on.
    private func encode(
        utf8 text: [UInt8], addSpecialTokens: Bool, parseSpecial: Bool
    ) throws(ZondaError) -> [TokenID] {
        guard text.count <= Int(Int32.max) else {
            throw ZondaError(
                .badRequest, "a text of \(text.count) bytes is above the cap of \(Int32.max)", remedy: "cut it")
        }
        var ids: [TokenID] = []
        var scratch = ModelScratch()
        for (range, token) in segments(of: text, addedInText, parseSpecial) {
            if let token {
                ids.append(token)
                continue
            }
            let startsText = range.lowerBound == 0
            let segment = startsText && range.count == text.count ? text : Array(text[range])
            try encode(normalizer.normalize(segment), startsText, parseSpecial, into: &ids, &scratch)
        }
        return addSpecialTokens ? postProcessor.process(ids) : ids
    }

    private func encode(
        _ text: [UInt8], _ startsText: Bool, _ parseSpecial: Bool, into ids: inout [TokenID],
        _ scratch: inout ModelScratch
    ) throws(ZondaError) {
        for (range, token) in segments(of: text, addedInNormalizedText, parseSpecial) {
            if let token {
                ids.append(token)
                continue
            }
            let segment = range.count == text.count ? text : Array(text[range])
            var pieces = Pieces(segment, startsText: startsText && range.lowerBound == 0)
            try preTokenizer.apply(to: &pieces)
            try model.encode(pieces, into: &ids, &scratch)
        }
    }

    private func segments(
        of text: [UInt8], _ finder: AddedTokenFinder, _ parseSpecial: Bool
    ) -> [(Range<Int>, TokenID?)] {
        var segments: [(Range<Int>, TokenID?)] = []
        text.withUnsafeBufferPointer { bytes in
            finder.forEachSegment(of: bytes, parseSpecial: parseSpecial) { segments.append(($0, $1)) }
        }
        return segments
    }
}
