import ZondaCore
import ZondaFormats

extension Normalizer {
    /// The normalizer that a `tokenizer.json` describes.
    init(_ settings: SettingsReader) throws(ZondaError) {
        steps = []
        try append(settings)
    }

    private mutating func append(_ settings: SettingsReader) throws(ZondaError) {
        let type = try settings.type()
        switch type {
        case "Sequence": for member in try settings.objects("normalizers") { try append(member) }
        case "NFC", "NFD", "NFKC", "NFKD": UnicodeForm(rawValue: type).map { steps.append(.form($0)) }
        case "Lowercase": steps.append(.lowercase)
        case "Strip":
            let left = try settings.optionalBool("strip_left") ?? true
            let right = try settings.optionalBool("strip_right") ?? true
            steps.append(.strip(left: left, right: right))
        case "StripAccents": steps.append(.remove(.mark))
        case "Prepend": steps.append(.prepend(try settings.bytes("prepend")))
        case "Replace":
            let content = try settings.bytes("content")
            steps.append(.replace(try settings.delimiter(), with: content))
        case "BertNormalizer": try appendBERT(settings)
        case "Nmt": steps.append(.nmt)
        case "ByteLevel": steps.append(.byteAlphabet)
        case "Precompiled":
            guard let text = try settings.optionalString("precompiled_charsmap"), !text.isEmpty else { return }
            guard let bytes = Base64.decode(text) else {
                throw settings.failure("precompiled_charsmap", "is not base64")
            }
            steps.append(.characterMap(try CharacterMap(parsing: bytes.span, name: settings.place), byGrapheme: true))
        default:
            throw settings.unsupported(
                type,
                known: "Sequence, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Prepend, Replace, "
                    + "BertNormalizer, Nmt, ByteLevel and Precompiled")
        }
    }

    private mutating func appendBERT(_ settings: SettingsReader) throws(ZondaError) {
        let lowercases = try settings.optionalBool("lowercase") ?? true
        if try settings.optionalBool("clean_text") ?? true { steps.append(.cleanText) }
        if try settings.optionalBool("handle_chinese_chars") ?? true { steps.append(.spaceIdeographs) }
        if try settings.optionalBool("strip_accents") ?? lowercases {
            steps += [.form(.nfd), .remove(.init(.nonspacingMark))]
        }
        if lowercases { steps.append(.lowercase) }
    }
}

/// Base64 (RFC 4648), with padding.
enum Base64 {
    static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        for start in stride(from: 0, to: characters.count, by: 4) {
            let isLast = start + 4 == characters.count
            var padding = 0
            var value: UInt32 = 0
            for character in characters[start..<start + 4] {
                let digit: UInt32
                switch character {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = UInt32(character) - 65
                case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = UInt32(character) - 71
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(character) + 4
                case UInt8(ascii: "+"): digit = 62
                case UInt8(ascii: "/"): digit = 63
                case UInt8(ascii: "=") where isLast:
                    padding += 1
                    digit = 0
                default: return nil
                }
                guard padding == 0 || character == UInt8(ascii: "=") else { return nil }
                value = value << 6 | digit
            }
            guard padding <= 2 else { return nil }
            for shift in [16, 8, 0].prefix(3 - padding) {
                bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
            }
        }
        return bytes
    }
}
