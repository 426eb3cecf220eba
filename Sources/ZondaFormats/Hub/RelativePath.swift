package import ZondaCore

/// A path below a folder, from outside: it must not lead out of the folder that it is looked up in.
package enum RelativePath {
    /// Linux's limit of one name.
    private static let maxNameByteCount = 255
    private static let maxByteCount = 1024

    package static func isSafe(_ path: String) -> Bool {
        path.utf8.count <= maxByteCount && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { name in
                !name.isEmpty && name != "." && name != ".." && name.utf8.count <= maxNameByteCount
            }
    }

    /// - Parameter what: "a file's name".
    package static func check(_ path: String, _ what: String) throws(ZondaError) {
        guard isSafe(path) else {
            throw ZondaError(
                .badRequest, "\"\(path)\" is not \(what)", remedy: "give a relative path without '.' and '..'")
        }
    }
}
