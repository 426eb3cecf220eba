import ZondaCore

/// The kernels of one device that were needed so far: compiled, or found in the cache, and loaded.
///
/// Not `Sendable`: used by the device's own thread.
final class KernelLibrary {
    private let builder: KernelBuilder
    private let context: CUDAContext
    private let report: @Sendable (KernelBuilder.Event) -> Void
    var compiler: KernelCompiler { builder.compiler }
    private var functions: [KernelName: CUDAFunction] = [:]
    private var sharedByteCounts: [KernelName: Int] = [:]

    /// Dynamic shared memory that a kernel has without asking.
    private static let unaskedSharedByteCount = 48 << 10

    init(
        _ builder: KernelBuilder, in context: CUDAContext, report: @escaping @Sendable (KernelBuilder.Event) -> Void
    ) {
        self.builder = builder
        self.context = context
        self.report = report
    }

    /// Makes all kernels of these launches ready, those that are missing compiled side by side.
    ///
    /// - Throws: `badKernel` with the compiler's words; `unsupported` for more shared memory than the GPU has.
    func prepare(_ launches: [KernelLaunch]) throws(ZondaError) {
        var missing: [KernelName] = []
        for launch in launches where functions[launch.kernel] == nil && !missing.contains(launch.kernel) {
            missing.append(launch.kernel)
        }
        let programs = missing.map { KernelProgram($0.file, [$0.expression]) }
        for (name, kernels) in zip(missing, try builder.build(programs, report: report)) {
            functions[name] = try CUDAModule(kernels, in: context).function(name.expression)
        }
        for launch in launches { try allowShared(launch) }
    }

    private func allowShared(_ launch: KernelLaunch) throws(ZondaError) {
        let needed = launch.shape.sharedByteCount
        guard needed > sharedByteCounts[launch.kernel] ?? Self.unaskedSharedByteCount else { return }
        try function(launch.kernel).allowDynamicShared(byteCount: needed)
        sharedByteCounts[launch.kernel] = needed
    }

    func function(_ name: KernelName) throws(ZondaError) -> CUDAFunction {
        if let function = functions[name] { return function }
        throw ZondaError(.internalFault, "\(name.expression) of \(name.file) was launched before it was prepared")
    }
}
