public import ZondaCore

/// A model as the hub has it: `REPO`, `REPO:FILE` or `REPO:QUANT`.
///
/// ```swift
/// try ModelReference("Qwen/Qwen3-0.6B")
/// try ModelReference("Qwen/Qwen2.5-7B-Instruct-GGUF:Q4_K_M")
/// try ModelReference("Qwen/Qwen2.5-7B-Instruct-GGUF:qwen2.5-7b-instruct-q8_0.gguf")
/// ```
public struct ModelReference: Sendable, Hashable, CustomStringConvertible {
    /// Which of a repository's models is meant.
    public enum Choice: Sendable, Hashable {
        /// A file by its path in the repository.
        case file(String)
        /// The GGUF file with this type of weights, in either case: `Q4_K_M`.
        case quantization(String)
    }

    public let id: HubID
    public let choice: Choice?

    public init(_ id: HubID, _ choice: Choice? = nil) { (self.id, self.choice) = (id, choice) }

    /// - Throws: `badRequest` for what is no hub id, or has no file and no type of weights behind its colon.
    public init(_ name: String) throws(ZondaError) {
        guard let colon = name.firstIndex(of: ":") else {
            self.init(try HubID(name))
            return
        }
        let text = String(name[name.index(after: colon)...])
        let id = try HubID(String(name[..<colon]))
        if text.contains(where: { $0 == "." || $0 == "/" }) {
            try RelativePath.check(text, "a file's name")
            self.init(id, .file(text))
        } else if !text.isEmpty, text.utf8.count <= 32, text.utf8.allSatisfy(Self.isLabelByte) {
            self.init(id, .quantization(text.uppercased()))
        } else {
            throw ZondaError(
                .badRequest, "\"\(text)\" in \"\(name)\" is neither a file nor a type of weights",
                remedy: "write REPO:FILE.gguf, or REPO:QUANT such as \(id):Q4_K_M")
        }
    }

    public var description: String {
        switch choice {
        case nil: id.description
        case .file(let text), .quantization(let text): "\(id):\(text)"
        }
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
