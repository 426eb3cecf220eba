import CZondaCUDA
public import ZondaCore

/// Compiled kernels that were loaded onto a GPU; unloaded with the last reference, its functions' included.
///
/// `Sendable`: immutable, and the driver takes calls from any thread.
public final class CUDAModule: Sendable {
    public let context: CUDAContext
    /// What it was compiled from, for messages: `linear.cu`.
    public let name: String
    private nonisolated(unsafe) let handle: zonda_cu_module
    private let loweredNames: [String: String]

    /// Loads what `KernelBuilder` gave.
    ///
    /// - Throws: `deviceFailed` when the cubin is for another GPU, or made by an NVRTC that is too new for the driver.
    public init(_ kernels: CompiledKernels, in context: CUDAContext) throws(ZondaError) {
        var handle: zonda_cu_module?
        let result = kernels.cubin.withUnsafeBytes { image in
            image.baseAddress.map { context.driver.functions.cuModuleLoadDataEx(&handle, $0, 0, nil, nil) }
        }
        try context.driver.check(
            result ?? ZONDA_CU_ERROR_INVALID_IMAGE, "cuModuleLoadDataEx", "loading \(kernels.name) on \(context.gpu.id)"
        )
        guard let handle else { throw context.driver.gaveNothing("cuModuleLoadDataEx") }
        self.context = context
        self.handle = handle
        name = kernels.name
        loweredNames = kernels.loweredNames
    }

    deinit {
        let handle = handle
        context.release { _ = $0.functions.cuModuleUnload(handle) }
    }

    /// Finds a kernel by its name expression, such as `product<8, Q4K>`, or by the name of an `extern "C"` function.
    ///
    /// The driver moves a kernel to the GPU only now, and may wait for the GPU to do so: find all before the first
    /// step, and none while a graph is recorded.
    /// - Throws: `internalFault` when there is none, listing the expressions that were compiled.
    public func function(_ expression: String) throws(ZondaError) -> CUDAFunction {
        var handle: zonda_cu_function?
        let symbol = loweredNames[expression] ?? expression
        let result = context.driver.functions.cuModuleGetFunction(&handle, self.handle, symbol)
        guard result != ZONDA_CU_ERROR_NOT_FOUND else {
            let known = loweredNames.keys.sorted().joined(separator: ", ")
            throw ZondaError(
                .internalFault,
                "\(name) has no kernel \(expression); compiled were: \(known.isEmpty ? "no expressions" : known)")
        }
        try context.driver.check(result, "cuModuleGetFunction", "finding \(expression) in \(name)")
        guard let handle else { throw context.driver.gaveNothing("cuModuleGetFunction") }
        return try CUDAFunction(handle, name: expression, module: self)
    }
}
