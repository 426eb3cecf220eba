import ZondaCore

/// A library that Zonda can use once it is found.
protocol FindableLibrary: Sendable {
    static var kind: LibraryKind { get }
    var version: LibraryVersion { get }

    /// - Throws: why this library can't be used.
    init(_ library: SharedLibrary) throws(LibraryRejection)
}

/// Where a library was looked for, and which one was taken.
public struct LibrarySearch<Library: Sendable>: Sendable {
    /// A library that was found and taken.
    public struct Found: Sendable {
        public let library: Library
        public let version: LibraryVersion
        public let path: String
        public let origin: LibraryOrigin
    }

    /// A place or a file that was tried and not taken.
    public struct Attempt: Sendable, Hashable, CustomStringConvertible {
        /// A file, a folder or a name that the loader was asked for.
        public let path: String
        public let reason: String
        /// Of a library that works and is too old or too new.
        public let version: LibraryVersion?

        public var description: String { "\(path): \(reason)" }
    }

    public let kind: LibraryKind
    public let found: Found?
    /// What was tried before, in order.
    public let attempts: [Attempt]

    /// The version of the first library that works and was refused for it.
    var refusedVersion: LibraryVersion? { attempts.lazy.compactMap(\.version).first }
}

extension LibrarySearch where Library: FindableLibrary {
    /// Takes the first library, in the order of `places` and then of file names, that opens and that `objection` has
    /// nothing against.
    ///
    /// - Parameter objection: why a library that works can't be used here, or nil.
    static func run(
        in places: [SearchPlace], objection: (Library) -> String? = { _ in nil }
    ) -> LibrarySearch {
        var attempts: [Attempt] = []
        for place in places {
            for candidate in place.candidates(for: Library.kind, &attempts) {
                do throws(LibraryRejection) {
                    let found = try open(candidate, place.origin, objection)
                    return LibrarySearch(kind: Library.kind, found: found, attempts: attempts)
                } catch {
                    attempts.append(Attempt(path: candidate, reason: error.reason, version: error.version))
                }
            }
        }
        return LibrarySearch(kind: Library.kind, found: nil, attempts: attempts)
    }

    private static func open(
        _ candidate: String, _ origin: LibraryOrigin, _ objection: (Library) -> String?
    ) throws(LibraryRejection) -> Found {
        let file = try SharedLibrary(candidate)
        let library = try Library(file)
        if let objection = objection(library) { throw LibraryRejection(objection, version: library.version) }
        return Found(library: library, version: library.version, path: file.path, origin: origin)
    }
}

extension SearchPlace {
    /// The files of this place that may be the library; notes a folder that has none.
    fileprivate func candidates<Library>(
        for kind: LibraryKind, _ attempts: inout [LibrarySearch<Library>.Attempt]
    ) -> [String] {
        guard let folder else { return kind.fileNames }
        let files = kind.fileNames.map { "\(folder)/\($0)" }.filter(FileSystem.isFile)
        if files.isEmpty {
            let names = kind.fileNames.joined(separator: " or ")
            let reason = FileSystem.isFolder(folder) ? "has no \(names)" : "no such folder"
            attempts.append(LibrarySearch<Library>.Attempt(path: folder, reason: reason, version: nil))
        }
        return files
    }
}
