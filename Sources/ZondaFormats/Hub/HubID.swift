public import ZondaCore

/// A model's name on the Hugging Face hub: `mistralai/Mistral-7B-Instruct-v0.1`, or one without an organisation.
public struct HubID: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// The hub's limit.
    public static let maxBytes = 96

    /// - Throws: `badRequest` for a name that the hub would not accept.
    public init(_ name: String) throws(ZondaError) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard name.utf8.count <= Self.maxBytes, parts.count <= 2, parts.allSatisfy(Self.isPart), !name.hasSuffix(".git")
        else {
            throw ZondaError(
                .badRequest, "\"\(name)\" is not a hub id",
                remedy: "an id is ORGANISATION/NAME of letters, digits, '-', '_' and '.', at most \(Self.maxBytes) long"
            )
        }
        description = name
    }

    /// The folder of the model in a cache: `models--mistralai--Mistral-7B-Instruct-v0.1`.
    public var cacheFolder: String {
        "models--" + description.split(separator: "/").joined(separator: "--")
    }

    private static func isPart(_ part: Substring) -> Bool {
        guard let first = part.utf8.first, let last = part.utf8.last else { return false }
        let edges = [first, last].allSatisfy { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ".") }
        return edges && !part.contains("--") && !part.contains("..") && part.utf8.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
