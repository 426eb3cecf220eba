import ZondaCore

extension String {
    /// A rendered conversation without what its template writes behind its last message, so that the answer goes on
    /// within that message.
    ///
    /// Templates that trim what messages say are known too.
    ///
    /// - Throws: `badTemplate` when the message does not stand at the end as it was sent.
    func cut(behind content: String) throws(ZondaError) -> String {
        let bytes = Array(utf8)
        let trimmed = content.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        for sought in [Array(content.utf8), Array(String(trimmed).utf8)] where !sought.isEmpty {
            // The mark of a message's end is short; looking no further keeps the search short too.
            for start in stride(
                from: bytes.count - sought.count, through: max(0, bytes.count - sought.count - 1024), by: -1)
            where bytes[start..<start + sought.count].elementsEqual(sought) {
                return String(decoding: bytes[..<(start + sought.count)], as: UTF8.self)
            }
        }
        throw ZondaError(
            .badTemplate, "the model's template does not write the last message as it is, so that it can't go on",
            remedy: "end with a message of the user")
    }
}
