import FoundationEssentials
import ZondaCore

/// An absolute address of http or https, within a cap.
struct HubURL: Sendable, Hashable, CustomStringConvertible {
    let text: String
    let scheme: String
    let host: String
    let port: Int

    /// Nil for another scheme, no host, a name and password, or a length beyond `HubCaps.addressByteCount`.
    init?(_ text: String) {
        guard text.utf8.count <= HubCaps.addressByteCount, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host(percentEncoded: true)?.lowercased(), !host.isEmpty, url.user() == nil
        else { return nil }
        self.text = text
        self.scheme = scheme
        self.host = host
        port = url.port ?? (scheme == "https" ? 443 : 80)
    }

    var isSecure: Bool { scheme == "https" }

    /// Whether both are served by the same server: only it gets what was meant for the other.
    func hasOrigin(of other: HubURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Where a `Location` or `Link` leads from here (RFC 3986, section 5).
    func resolving(_ reference: String) -> HubURL? {
        guard reference.utf8.count <= HubCaps.addressByteCount, let base = URL(string: text),
            let url = URL(string: reference, relativeTo: base)
        else { return nil }
        return HubURL(url.absoluteString)
    }

    /// This address with the parts of a path after it, each percent-encoded, and a query as it is.
    func appending(_ parts: [String], query: String = "") -> HubURL? {
        let path = parts.map { "/" + Self.encoded($0) }.joined()
        return HubURL(text + path + (query.isEmpty ? "" : "?" + query))
    }

    /// Everything but letters, digits and "-._~" percent-encoded, slashes too (RFC 3986, section 2.3).
    static func encoded(_ part: String) -> String {
        var text = ""
        for byte in part.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }

    /// Without its query, which may hold a signature.
    var description: String { String(text.prefix { $0 != "?" }) }
}
