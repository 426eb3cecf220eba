import ZondaCore
import ZondaFormats

extension TokenDecoder {
    /// The decoder that a `tokenizer.json` describes; without one, tokens are set apart by spaces.
    init(_ settings: SettingsReader?) throws(ZondaError) {
        guard let settings else {
            self.init([.spaced])
            return
        }
        self.init(try Self.steps(settings))
    }

    private static func steps(_ settings: SettingsReader) throws(ZondaError) -> [Step] {
        let type = try settings.type()
        switch type {
        case "Sequence":
            var steps: [Step] = []
            for member in try settings.objects("decoders") { steps += try Self.steps(member) }
            return steps
        case "ByteLevel": return [.byteLevel]
        case "ByteFallback": return [.byteFallback]
        case "Fuse": return [.fuse]
        case "Metaspace":
            let metaspace = try PreTokenizer.Metaspace(settings)
            return [.metaspace(replacement: metaspace.replacement, dropsFirst: metaspace.prepend != .never)]
        case "WordPiece":
            let prefix = try settings.optionalString("prefix") ?? "##"
            return [.wordPiece(prefix: Array(prefix.utf8), cleansUp: try settings.optionalBool("cleanup") ?? true)]
        case "Strip":
            let start = try settings.optionalCount("start", limit: 1 << 20) ?? 0
            let end = try settings.optionalCount("stop", limit: 1 << 20) ?? 0
            return [.strip(character: try settings.bytes("content"), start: start, end: end)]
        case "Replace":
            let content = try settings.bytes("content")
            return [.replace(try settings.delimiter(), with: content)]
        case "BPEDecoder": return [.wordSuffix(Array((try settings.optionalString("suffix") ?? "</w>").utf8))]
        case "CTC":
            let pad = try settings.optionalString("pad_token") ?? "<pad>"
            let delimiter = try settings.optionalString("word_delimiter_token") ?? "|"
            let cleansUp = try settings.optionalBool("cleanup") ?? true
            return [.ctc(pad: Array(pad.utf8), wordDelimiter: Array(delimiter.utf8), cleansUp: cleansUp)]
        default:
            throw settings.unsupported(
                type,
                known:
                    "Sequence, ByteLevel, ByteFallback, Fuse, Metaspace, WordPiece, Strip, Replace, BPEDecoder and CTC"
            )
        }
    }
}
