import Glibc
import ZondaFormats

enum Files {
    static func exist(_ path: String) -> Bool { access(path, R_OK) == 0 }

    /// All of a text file; `-` is standard input.
    static func text(of path: String) throws -> String {
        if path == "-" { return Terminal.readAll() }
        let file = try MappedFile(path)
        let bytes = try file.bytes()
        return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
