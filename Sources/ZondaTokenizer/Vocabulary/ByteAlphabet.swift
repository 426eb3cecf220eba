/// The printable alphabet of byte-level vocabularies: each byte is one character from U+0021 to U+0143.
///
/// Printable Latin-1 stands for itself; the other 68 bytes, in order, are U+0100 and up, so the space is "Ġ" (U+0120).
/// Source: the encoder of GPT-2 (Radford et al. 2019), `bytes_to_unicode`.
enum ByteAlphabet {
    /// The character of each byte.
    static let scalars: [UInt16] = {
        var next: UInt16 = 0x100
        return (UInt16(0)...255).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    /// The byte of each character below U+0144; -1 for those outside the alphabet.
    static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// Appends `raw`, spelled in the alphabet, as UTF-8.
    static func append(_ raw: some Swift.Sequence<UInt8>, to spelled: inout [UInt8]) {
        for byte in raw {
            let scalar = scalars[Int(byte)]
            if scalar < 0x80 {
                spelled.append(UInt8(truncatingIfNeeded: scalar))
            } else {
                spelled.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
                spelled.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
            }
        }
    }

    /// Appends the bytes that `token` spells. A token with a character outside the alphabet, as added tokens have, is
    /// taken as it stands.
    static func appendBytes(of token: some Collection<UInt8>, to raw: inout [UInt8]) {
        let start = raw.count
        var lead: UInt16 = 0
        for unit in token {
            let scalar: UInt16
            switch unit {
            case 0..<0x80 where lead == 0: scalar = UInt16(unit)
            case 0xC0..<0xE0 where lead == 0:
                lead = UInt16(unit)
                continue
            case 0x80..<0xC0 where lead != 0:
                scalar = (lead & 0x1F) << 6 | UInt16(unit & 0x3F)
                lead = 0
            default: scalar = .max
            }
            guard scalar < 0x144, bytes[Int(scalar)] >= 0 else {
                raw.removeSubrange(start...)
                raw.append(contentsOf: token)
                return
            }
            raw.append(UInt8(truncatingIfNeeded: bytes[Int(scalar)]))
        }
    }
}
