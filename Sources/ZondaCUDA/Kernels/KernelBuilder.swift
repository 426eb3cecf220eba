import Synchronization
public import ZondaCore

/// Gets the kernels that a model needs: from the cache, or else from the compiler, on a few threads.
///
/// ```swift
/// let builder = KernelBuilder(compiler, cache: KernelCache())
/// let kernels = try builder.build([KernelProgram("linear.cu", ["product<8, Q4K>"])]) { print($0) }
/// let module = try CUDAModule(kernels[0], in: context)
/// ```
/// `Sendable`: holds values only.
public struct KernelBuilder: Sendable {
    public let compiler: KernelCompiler
    public let cache: KernelCache
    /// Programs compiled at the same time.
    public let threadCount: Int

    public init(_ compiler: KernelCompiler, cache: KernelCache, threadCount: Int = 4) {
        self.compiler = compiler
        self.cache = cache
        self.threadCount = max(1, threadCount)
    }

    /// Something that a person may want to see.
    public enum Event: Sendable, CustomStringConvertible {
        /// One of the programs that were not in the cache is about to be compiled, `index` from 1.
        case compiling(index: Int, count: Int, file: String)
        /// Compiled kernels will not be there at the next start; said once.
        case notKept(ZondaError)

        public var description: String {
            switch self {
            case .compiling(let index, let count, let file): "compiling kernels \(index) of \(count): \(file)"
            case .notKept(let error): "\(error)"
            }
        }
    }

    /// The kernels of each program, in the order of `programs`.
    ///
    /// - Parameter report: called from several threads, one call at a time.
    /// - Throws: what the first program in order that failed threw; the others are compiled and kept all the same.
    public func build(
        _ programs: [KernelProgram], report: @escaping @Sendable (Event) -> Void = { _ in }
    ) throws(ZondaError) -> [CompiledKernels] {
        let keys = try programs.map { program throws(ZondaError) in try KernelCache.key(of: program, by: compiler) }
        var kernels = keys.map { cache.load($0) }
        let missing = programs.indices.filter { kernels[$0] == nil }
        let progress = Mutex((started: 0, hasComplained: false))
        let results = Workers.map(missing, threadCount: threadCount) { index -> Result<CompiledKernels, ZondaError> in
            progress.withLock { progress in
                progress.started += 1
                report(.compiling(index: progress.started, count: missing.count, file: programs[index].file))
            }
            do throws(ZondaError) {
                let made = try compiler.compile(programs[index])
                if let problem = keep(made, keys[index]) {
                    progress.withLock { progress in
                        if !progress.hasComplained { report(.notKept(problem)) }
                        progress.hasComplained = true
                    }
                }
                return .success(made)
            } catch {
                return .failure(error)
            }
        }
        for (index, result) in zip(missing, results) { kernels[index] = try result.get() }
        return kernels.compactMap { $0 }
    }

    private func keep(_ kernels: CompiledKernels, _ key: String) -> ZondaError? {
        do throws(ZondaError) {
            try cache.store(kernels, key)
            return nil
        } catch {
            return error
        }
    }
}
