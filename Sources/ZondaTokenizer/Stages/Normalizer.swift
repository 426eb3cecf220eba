import ZondaCore

/// Rewrites a text before it is cut into pieces: Unicode forms, case, spaces.
struct Normalizer: Sendable {
    enum Step: Sendable {
        case form(UnicodeForm)
        case lowercase
        /// Drops scalars of these categories.
        case remove(ScalarCategory)
        /// Drops white space at the ends.
        case strip(left: Bool, right: Bool)
        case prepend([UInt8])
        case replace(Splitter.Delimiter, with: [UInt8])
        /// BERT's: control characters dropped, white space to spaces.
        case cleanText
        /// BERT's: spaces around CJK ideographs.
        case spaceIdeographs
        /// SentencePiece's for translation: control characters dropped, unusual white space to spaces.
        case nmt
        /// Spells bytes in the printable alphabet.
        case byteAlphabet
        case characterMap(CharacterMap, byGrapheme: Bool)
        /// Runs of spaces to one space, none at the ends.
        case mergeSpaces
    }

    var steps: [Step]

    func normalize(_ text: [UInt8]) throws(ZondaError) -> [UInt8] {
        var text = text
        for step in steps { text = try step.apply(to: text) }
        return text
    }
}

extension Normalizer.Step {
    /// `text`, valid UTF-8, rewritten.
    fileprivate func apply(to text: [UInt8]) throws(ZondaError) -> [UInt8] {
        switch self {
        case .form(let form): form.normalize(text)
        case .lowercase: mapScalars(text, Self.appendLowercase)
        case .remove(let categories):
            mapScalars(text) { scalar, output in
                if !categories.contains(ScalarCategory(of: scalar)) { appendUTF8(scalar, to: &output) }
            }
        case .strip(let left, let right): Self.stripped(text, left, right)
        case .prepend(let prefix): text.isEmpty ? [] : prefix + text
        case .replace(let delimiter, let content): try replacing(delimiter, with: content, in: text)
        case .cleanText: mapScalars(text, Self.appendCleaned)
        case .spaceIdeographs:
            mapScalars(text) { scalar, output in
                let isIdeograph = Self.isIdeograph(scalar)
                if isIdeograph { output.append(0x20) }
                appendUTF8(scalar, to: &output)
                if isIdeograph { output.append(0x20) }
            }
        case .nmt: mapScalars(text, Self.appendNMT)
        case .byteAlphabet:
            {
                var spelled: [UInt8] = []
                ByteAlphabet.append(text, to: &spelled)
                return spelled
            }()
        case .characterMap(let map, let byGrapheme): byGrapheme ? map.normalizeByGrapheme(text) : map.normalize(text)
        case .mergeSpaces: Self.spacesMerged(text)
        }
    }

    private static func appendLowercase(_ scalar: UInt32, _ output: inout [UInt8]) {
        switch scalar {
        case 0x41...0x5A: output.append(UInt8(truncatingIfNeeded: scalar) | 0x20)
        case 0..<0x80: output.append(UInt8(truncatingIfNeeded: scalar))
        default:
            let mapped = Unicode.Scalar(scalar)?.properties.lowercaseMapping ?? "\u{FFFD}"
            output.append(contentsOf: mapped.utf8)
        }
    }

    private static func stripped(_ text: [UInt8], _ left: Bool, _ right: Bool) -> [UInt8] {
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
        var kept = scalars[...]
        if left { kept = kept.drop { ScalarSet.whitespace.contains($0.value) } }
        while right, let last = kept.last, ScalarSet.whitespace.contains(last.value) { kept.removeLast() }
        return Array(String(kept).utf8)
    }

    private static func appendCleaned(_ scalar: UInt32, _ output: inout [UInt8]) {
        switch scalar {
        case 0x09, 0x0A, 0x0D: output.append(0x20)
        case 0, 0xFFFD: break
        default:
            if ScalarCategory.other.contains(ScalarCategory(of: scalar)) { return }
            if ScalarSet.whitespace.contains(scalar) { output.append(0x20) } else { appendUTF8(scalar, to: &output) }
        }
    }

    /// The blocks that BERT's reference lists.
    private static func isIdeograph(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    private static func appendNMT(_ scalar: UInt32, _ output: inout [UInt8]) {
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: break
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
            output.append(0x20)
        default: appendUTF8(scalar, to: &output)
        }
    }

    private static func spacesMerged(_ text: [UInt8]) -> [UInt8] {
        var merged: [UInt8] = []
        merged.reserveCapacity(text.count)
        for byte in text where byte != 0x20 || (merged.last ?? 0x20) != 0x20 { merged.append(byte) }
        if merged.last == 0x20 { merged.removeLast() }
        return merged
    }
}

/// `text` with each scalar replaced by what `append` makes of it.
private func mapScalars(_ text: [UInt8], _ append: (UInt32, inout [UInt8]) -> Void) -> [UInt8] {
    var mapped: [UInt8] = []
    mapped.reserveCapacity(text.count)
    text.withUnsafeBufferPointer { bytes in
        var at = 0
        while at < bytes.count {
            let (scalar, width) = decodeScalar(bytes, at: at)
            append(scalar, &mapped)
            at += width
        }
    }
    return mapped
}

/// `text` with each match of `delimiter` replaced.
func replacing(
    _ delimiter: Splitter.Delimiter, with content: [UInt8], in text: [UInt8]
) throws(ZondaError) -> [UInt8] {
    var replaced: [UInt8] = []
    replaced.reserveCapacity(text.count + text.count / 4)
    let failure: ZondaError? = text.withUnsafeBufferPointer { bytes in
        do throws(ZondaError) {
            var finder = MatchFinder(delimiter)
            try finder.forEachSegment(of: bytes, in: 0..<bytes.count) { range, isMatch in
                if isMatch {
                    replaced.append(contentsOf: content)
                } else {
                    replaced.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[range]))
                }
            }
            return nil
        } catch {
            return error
        }
    }
    if let failure { throw failure }
    return replaced
}
