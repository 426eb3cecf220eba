/// cuBLASLt, as far as it is used yet: its version.
public struct CublasLt: FindableLibrary {
    static let kind = LibraryKind.cublasLt
    public let version: LibraryVersion

    init(_ library: SharedLibrary) throws(LibraryRejection) {
        let version = try library.function("cublasLtGetVersion", as: (@convention(c) () -> Int).self)
        self.version = LibraryVersion(packed: version())
    }

    /// - Parameter driver: the driver's CUDA, whose major version cuBLASLt must not be newer than; nil: none is there.
    public static func search(
        in environment: SearchEnvironment, driver: LibraryVersion?
    ) -> LibrarySearch<CublasLt> {
        .run(in: environment.places(for: kind)) { CUDASystem.objection(to: $0.version, driver: driver) }
    }
}

/// NCCL, as far as it is used yet: its version.
public struct NCCL: FindableLibrary {
    static let kind = LibraryKind.nccl
    public let version: LibraryVersion

    init(_ library: SharedLibrary) throws(LibraryRejection) {
        let read = try library.function(
            "ncclGetVersion", as: (@convention(c) (UnsafeMutablePointer<Int32>) -> Int32).self)
        var number: Int32 = 0
        guard read(&number) == 0 else { throw LibraryRejection("ncclGetVersion failed") }
        version = LibraryVersion(packed: Int(number))
    }

    public static func search(in environment: SearchEnvironment) -> LibrarySearch<NCCL> {
        .run(in: environment.places(for: kind))
    }
}
