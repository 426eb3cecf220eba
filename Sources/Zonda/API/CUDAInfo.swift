import ZondaCUDA
public import ZondaCore

/// What of CUDA this machine has, what is missing, and what to do about it.
public struct CUDAInfo: Sendable {
    /// A library that was looked for.
    public struct Library: Sendable {
        /// As its makers write it.
        public var title: String
        /// Whether models can't run on a GPU without it.
        public var isRequired: Bool
        /// Nil, as the two below, when it was not found.
        public var version: String?
        public var path: String?
        /// Which rule found it: `ZONDA_CUDA_PATH`, `CUDA toolkit`, `loader path`, `Python packages`.
        public var origin: String?
        /// What was tried before, and why each did not do.
        public var attempts: [String]
        /// The line that installs it.
        public var installation: String
    }

    /// A GPU that the driver shows.
    public struct Device: Sendable {
        /// `cuda:0`.
        public var id: String
        public var name: String
        /// `sm_90`.
        public var architecture: String
        public var memoryByteCount: Int
        /// What processes can still take; nil when the GPU could not be opened.
        public var freeByteCount: Int?
        /// Why it can't be used.
        public var problem: ZondaError?
    }

    /// Driver and compiler, then what is used when it is there.
    public var libraries: [Library]
    public var devices: [Device]
    /// `CUDA_VISIBLE_DEVICES`, if it is set. The driver reads it.
    public var visibleDevices: String?
    /// Why no GPU at all can be used.
    public var problem: ZondaError?
    /// Where compiled kernels are kept.
    public var kernelCache: String?

    /// Looks for libraries and GPUs, and opens each GPU to see its free memory: up to some seconds.
    public static func discover() -> CUDAInfo { discover(in: .process) }

    static func discover(in environment: SearchEnvironment) -> CUDAInfo {
        let system = CUDASystem.discover(in: environment)
        let cuda = system.driver.found?.version
        return CUDAInfo(
            libraries: [
                Library(system.driver, isRequired: true, cuda), Library(system.nvrtc, isRequired: true, cuda),
                Library(CublasLt.search(in: environment, driver: cuda), isRequired: false, cuda),
                Library(NCCL.search(in: environment), isRequired: false, cuda),
            ],
            devices: system.gpus.map { Device($0, in: system) },
            visibleDevices: system.visibleDevices, problem: system.problem?.error,
            kernelCache: KernelCache(in: environment).folder)
    }
}

extension CUDAInfo.Library {
    fileprivate init<Found>(_ search: LibrarySearch<Found>, isRequired: Bool, _ cuda: LibraryVersion?) {
        title = search.kind.title
        self.isRequired = isRequired
        version = search.found.map { "\($0.version)" }
        path = search.found?.path
        origin = search.found?.origin.title
        attempts = search.attempts.map { "\($0)" }
        installation = search.kind.installation(for: cuda)
    }
}

extension CUDAInfo.Device {
    fileprivate init(_ gpu: GPU, in system: CUDASystem) {
        id = gpu.id
        name = gpu.name
        architecture = "sm_\(gpu.capability.number)"
        memoryByteCount = gpu.memoryByteCount
        problem = system.problem(of: gpu)?.error
        do throws(ZondaError) {
            freeByteCount = try system.freeByteCount(of: gpu)
        } catch {
            problem = problem ?? error
        }
    }
}
