import CZondaCUDA
import Glibc

/// A library that the loader has opened.
///
/// `Sendable`: symbols may be looked up from any thread. It is never closed, as NVIDIA's libraries start threads and
/// keep state of the process; opening one again is cheap and gives the same library.
public struct SharedLibrary: Sendable {
    /// The file that it came from.
    public let path: String
    private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    /// Opens a file, or, for a name without a slash, what the loader finds by it (`LD_LIBRARY_PATH`, its own cache).
    ///
    /// - Throws: the loader's reason.
    init(_ name: String) throws(LibraryRejection) {
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "the loader gives no reason"
            // Most reasons begin with the name, and so does the line that this one goes into.
            throw LibraryRejection(
                String(reason.hasPrefix("\(name): ") ? reason.dropFirst(name.count + 2) : reason[...]))
        }
        self.handle = handle
        path = zonda_library_path(handle).map { String(cString: $0) } ?? name
    }

    /// Fills a table of functions with one of the `zonda_..._load` functions.
    func load<Table>(
        _ type: Table.Type, _ load: (UnsafeMutableRawPointer, UnsafeMutablePointer<Table>) -> UnsafePointer<CChar>?
    ) throws(LibraryRejection) -> Table {
        let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        defer { table.deallocate() }
        if let missing = load(handle, table) { throw Self.lacks(String(cString: missing)) }
        return table.pointee
    }

    /// The function behind a symbol. `Function` must be the C function's own type.
    func function<Function>(_ name: String, as type: Function.Type) throws(LibraryRejection) -> Function {
        guard let address = dlsym(handle, name) else { throw Self.lacks(name) }
        return unsafeBitCast(address, to: type)
    }

    private static func lacks(_ symbol: String) -> LibraryRejection {
        LibraryRejection("it has no function \(symbol)")
    }
}

/// Why a library that was looked at is not used; a phrase that follows its path.
struct LibraryRejection: Error {
    let reason: String
    /// Of a library that works and is too old or too new.
    let version: LibraryVersion?

    init(_ reason: String, version: LibraryVersion? = nil) {
        self.reason = reason
        self.version = version
    }
}
