import ZondaFormats

/// A file of a repository as the hub lists it.
struct HubFile: Sendable, Hashable {
    /// Relative, and safe to look up in a folder.
    let path: String
    let byteCount: Int
    let digest: BlobDigest
}

/// What a file's bytes must sum up to; its text names the file in the cache.
enum BlobDigest: Sendable, Hashable {
    /// Of the file itself: files in LFS or Xet storage.
    case sha256(String)
    /// Of the file as git stores it: `blob SIZE`, a zero byte, the bytes.
    case gitSHA1(String)

    /// Nil for what is no digest in lower-case hexadecimal.
    init?(sha256 text: String) {
        guard text.utf8.count == 64, text.utf8.allSatisfy(Self.isHexDigit) else { return nil }
        self = .sha256(text)
    }

    init?(gitSHA1 text: String) {
        guard text.utf8.count == 40, text.utf8.allSatisfy(Self.isHexDigit) else { return nil }
        self = .gitSHA1(text)
    }

    /// The file's entity tag on the hub.
    var text: String {
        switch self {
        case .sha256(let text), .gitSHA1(let text): text
        }
    }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

/// A commit's name: 40 digits in lower-case hexadecimal.
struct Commit: Sendable, Hashable, CustomStringConvertible {
    let description: String

    init?(_ text: String) {
        guard text.utf8.count == 40, text.utf8.allSatisfy(BlobDigest.isHexDigit) else { return nil }
        description = text
    }
}
