import CZondaCUDA
import ZondaCore

/// What there is of CUDA on a machine: driver, compiler, GPUs, and what is missing.
///
/// ```swift
/// let system = CUDASystem.discover()
/// if let problem = system.problem { print(problem.error) }
/// let (driver, nvrtc, gpu) = try system.select(0)
/// ```
public struct CUDASystem: Sendable {
    public let driver: LibrarySearch<CUDADriver>
    public let nvrtc: LibrarySearch<NVRTC>
    /// Those that the driver shows: it reads `CUDA_VISIBLE_DEVICES` itself, and numbers what is left from 0.
    public let gpus: [GPU]
    /// `CUDA_VISIBLE_DEVICES`, if it is set.
    public let visibleDevices: String?
    /// Why no GPU at all can be used.
    public let problem: CUDAProblem?

    /// Looks for the driver and NVRTC and asks for the GPUs; takes some tenths of a second where there is a GPU, and a
    /// few milliseconds elsewhere.
    public static func discover(in environment: SearchEnvironment = .process) -> CUDASystem {
        let driver = LibrarySearch<CUDADriver>.run(in: environment.places(for: .driver))
        let cuda = driver.found?.version
        let nvrtc = LibrarySearch<NVRTC>.run(in: environment.places(for: .nvrtc)) { nvrtc in
            objection(to: nvrtc.version, driver: cuda)
        }
        return CUDASystem(
            driver: driver, nvrtc: nvrtc, visibleDevices: environment.variables["CUDA_VISIBLE_DEVICES"])
    }

    /// The same with libraries that are at hand already.
    init(driver: LibrarySearch<CUDADriver>, nvrtc: LibrarySearch<NVRTC>, visibleDevices: String?) {
        self.driver = driver
        self.nvrtc = nvrtc
        self.visibleDevices = visibleDevices
        guard let found = driver.found else {
            gpus = []
            problem = driver.refusedVersion.map { .driverTooOld($0) } ?? .noDriver
            return
        }
        do throws(ZondaError) {
            try found.library.start()
            gpus = try GPU.all(found.library)
            problem = gpus.isEmpty ? .noGPU(visible: visibleDevices) : Self.problem(with: nvrtc, found.version)
        } catch {
            gpus = []
            let isHidden = error.code == .noDevice
            problem =
                isHidden
                ? .noGPU(visible: visibleDevices) : .driverFailed(error.message, remedy: error.remedy)
        }
    }

    /// Kernels compiled by any NVRTC of the driver's major version or an older one load into it ("minor version
    /// compatibility" in NVIDIA's CUDA Compatibility guide), those of a newer major version do not.
    static func objection(to version: LibraryVersion, driver: LibraryVersion?) -> String? {
        guard let driver, version.major > driver.major else { return nil }
        return "its version \(version) is too new for a driver of CUDA \(driver)"
    }

    private static func problem(with nvrtc: LibrarySearch<NVRTC>, _ driver: LibraryVersion) -> CUDAProblem? {
        guard nvrtc.found == nil else { return nil }
        if let version = nvrtc.refusedVersion { return .driverTooOldForNVRTC(version, driver: driver) }
        return .noNVRTC(driver: driver)
    }
}
