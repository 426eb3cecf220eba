public import CZondaCUDA
public import ZondaCore

/// The CUDA driver: its functions, and what it says when one fails.
///
/// The functions are a value, so that tests give a table that plays a GPU.
///
/// ```swift
/// try driver.check(driver.functions.cuMemAlloc(&address, byteCount), "cuMemAlloc")
/// ```
/// `Sendable`: the driver's functions may be called from any thread; most act on the context that is current there.
public struct CUDADriver: Sendable {
    public let functions: zonda_cuda_driver
    /// The newest CUDA that the driver implements; cubins made by any NVRTC of this major version or an older one load.
    public let version: LibraryVersion

    /// The first CUDA whose driver has every function of the table (driver 525), and the oldest that Zonda takes.
    public static let oldestVersion = LibraryVersion(12, 0)

    /// - Throws: `deviceFailed` when the driver would not tell its version.
    public init(functions: zonda_cuda_driver) throws(ZondaError) {
        var number: Int32 = 0
        let result = functions.cuDriverGetVersion(&number)
        self.functions = functions
        version = LibraryVersion(driverNumber: number)
        try check(result, "cuDriverGetVersion")
    }

    /// Starts the driver; once per process is enough, more do no harm.
    ///
    /// - Throws: `deviceFailed`, with `noDevice` for a machine on which the driver sees no GPU.
    public func start() throws(ZondaError) {
        try check(functions.cuInit(0), "cuInit")
    }

    /// GPUs that the driver shows to this process: those that `CUDA_VISIBLE_DEVICES` names, in its order.
    public func gpuCount() throws(ZondaError) -> Int {
        var count: Int32 = 0
        try check(functions.cuDeviceGetCount(&count), "cuDeviceGetCount")
        return Int(count)
    }
}

extension CUDADriver: FindableLibrary {
    static let kind = LibraryKind.driver

    init(_ library: SharedLibrary) throws(LibraryRejection) {
        typealias ReadVersion = @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
        let read = try library.function("cuDriverGetVersion", as: ReadVersion.self)
        var number: Int32 = 0
        guard read(&number) == 0 else { throw LibraryRejection("cuDriverGetVersion failed") }
        // Asked first, as an older driver lacks functions of the table and its version says more than their names.
        let version = LibraryVersion(driverNumber: number)
        guard version >= Self.oldestVersion else {
            throw LibraryRejection("it implements CUDA \(version), older than \(Self.oldestVersion)", version: version)
        }
        functions = try library.load(zonda_cuda_driver.self, zonda_cuda_driver_load)
        self.version = version
    }
}
