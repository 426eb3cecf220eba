import ZondaCore

extension TokenDecoder {
    static func byteLevel(_ tokens: [ArraySlice<UInt8>]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tokens.count * 4)
        for token in tokens { ByteAlphabet.appendBytes(of: token, to: &bytes) }
        return bytes
    }

    /// The byte that a token such as `<0x0A>` stands for.
    static func byte(spelledBy token: ArraySlice<UInt8>) -> UInt8? {
        guard token.count == 6, token.starts(with: [0x3C, 0x30, 0x78]), token.last == 0x3E else { return nil }
        var value: UInt8 = 0
        for digit in token.dropFirst(3).dropLast() {
            switch digit {
            case 0x30...0x39: value = value << 4 | (digit - 0x30)
            case 0x41...0x46: value = value << 4 | (digit - 0x37)
            case 0x61...0x66: value = value << 4 | (digit - 0x57)
            default: return nil
            }
        }
        return value
    }

    static func byteFallback(_ tokens: [ArraySlice<UInt8>]) -> [ArraySlice<UInt8>] {
        var decoded: [ArraySlice<UInt8>] = []
        var run: [UInt8] = []
        func flush() {
            guard !run.isEmpty else { return }
            if String(validating: run, as: UTF8.self) != nil {
                decoded.append(run[...])
            } else {
                for _ in run { decoded.append([0xEF, 0xBF, 0xBD]) }
            }
            run = []
        }
        for token in tokens {
            if let byte = byte(spelledBy: token) {
                run.append(byte)
            } else {
                flush()
                decoded.append(token)
            }
        }
        flush()
        return decoded
    }

    static func metaspace(
        _ token: ArraySlice<UInt8>, _ replacement: [UInt8], dropsFirst: Bool
    ) -> ArraySlice<UInt8> {
        var decoded: [UInt8] = []
        var rest = token
        while !rest.isEmpty {
            if !replacement.isEmpty, rest.starts(with: replacement) {
                rest = rest.dropFirst(replacement.count)
                if !dropsFirst { decoded.append(0x20) }
            } else {
                decoded.append(rest.removeFirst())
            }
        }
        return decoded[...]
    }

    static func wordPiece(
        _ token: ArraySlice<UInt8>, _ prefix: [UInt8], _ cleansUp: Bool, isFirst: Bool
    ) -> ArraySlice<UInt8> {
        var decoded: ArraySlice<UInt8>
        if isFirst {
            decoded = token
        } else if token.starts(with: prefix) {
            decoded = token.dropFirst(prefix.count)
        } else {
            decoded = [0x20] + token
        }
        if cleansUp { decoded = cleanedUp(decoded) }
        return decoded
    }

    /// English spacing, as the Python library `transformers` cleans it up.
    private static let cleanups: [([UInt8], [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    private static func cleanedUp(_ token: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var token = token
        for (wrong, right) in cleanups {
            var cleaned: [UInt8] = []
            var rest = token
            while let byte = rest.first {
                if rest.starts(with: wrong) {
                    cleaned += right
                    rest = rest.dropFirst(wrong.count)
                } else {
                    cleaned.append(byte)
                    rest = rest.dropFirst()
                }
            }
            token = cleaned[...]
        }
        return token
    }

    static func strip(
        _ token: ArraySlice<UInt8>, _ character: [UInt8], _ start: Int, _ end: Int
    ) -> ArraySlice<UInt8> {
        guard !character.isEmpty else { return token }
        var token = token
        for _ in 0..<start {
            guard token.starts(with: character) else { break }
            token = token.dropFirst(character.count)
        }
        for _ in 0..<end {
            guard token.suffix(character.count).elementsEqual(character) else { break }
            token = token.dropLast(character.count)
        }
        return token
    }

    static func wordSuffix(_ tokens: [ArraySlice<UInt8>], _ suffix: [UInt8]) -> [ArraySlice<UInt8>] {
        guard !suffix.isEmpty else { return tokens }
        return tokens.enumerated().map { index, token in
            var decoded: [UInt8] = []
            var rest = token
            while let byte = rest.first {
                if rest.starts(with: suffix) {
                    if index < tokens.count - 1 { decoded.append(0x20) }
                    rest = rest.dropFirst(suffix.count)
                } else {
                    decoded.append(byte)
                    rest = rest.dropFirst()
                }
            }
            return decoded[...]
        }
    }

    static func ctc(
        _ tokens: [ArraySlice<UInt8>], _ pad: [UInt8], _ wordDelimiter: [UInt8], _ cleansUp: Bool
    ) -> [ArraySlice<UInt8>] {
        var decoded: [ArraySlice<UInt8>] = []
        var last: ArraySlice<UInt8>?
        for token in tokens where token != last {
            last = token
            guard !token.elementsEqual(pad) else { continue }
            guard cleansUp else {
                decoded.append(token)
                continue
            }
            let cleaned = cleanedUp(token)
            decoded.append(cleaned.elementsEqual(wordDelimiter) ? [0x20] : cleaned)
        }
        return decoded
    }
}
