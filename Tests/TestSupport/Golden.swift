import Glibc
public import ZondaFormats

/// Where reference data lies.
public enum Golden {
    /// The project's root, from where this source file lies.
    public static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    /// The path of a file or folder in `Tests/Golden/`, which every clone has.
    public static func path(_ name: String) -> String { "\(root)/Tests/Golden/\(name)" }

    /// The path of reference data that is not copied into the project but lies beside it in CI, or nil when it is not
    /// there. Use it as a condition, so that the skip is reported:
    ///
    /// ```swift
    /// @Test(.enabled(if: Golden.shared("chat_templates.json") != nil, "shared golden data is not there"))
    /// ```
    public static func shared(_ name: String) -> String? {
        let path = "\(root)/../shared/golden/\(name)"
        return access(path, R_OK) == 0 ? path : nil
    }

    /// The path of reference data in the project, else beside it, else nil: what is too large for a clone is in CI only.
    public static func find(_ name: String) -> String? {
        access(path(name), R_OK) == 0 ? path(name) : shared(name)
    }

    /// A JSON file of `Tests/Golden/`.
    public static func json(_ name: String) throws -> JSONValue {
        let file = try MappedFile(path(name))
        return try JSONValue(parsing: Span(_bytes: try file.bytes()), name: name)
    }
}
