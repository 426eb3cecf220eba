import ZondaFormats

/// Reads whole files.
enum Files {
    static func bytes(_ path: String) throws -> [UInt8] {
        let file = try MappedFile(path)
        let span = try file.bytes()
        return span.withUnsafeBytes { Array($0) }
    }

    static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }
}
