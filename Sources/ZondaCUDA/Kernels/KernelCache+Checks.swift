import ZondaCore

/// Notes that kernels computed right results on a GPU, so that they are not checked at every start.
extension KernelCache {
    /// Whether `notePassed` was called for this key.
    public func hasPassed(_ key: String) -> Bool { folder.map { FileSystem.isFile("\($0)/\(key).passed") } ?? false }

    /// Does nothing where nothing can be kept: the check then runs at the next start again.
    public func notePassed(_ key: String) {
        guard let folder else { return }
        do throws(FileSystem.Failure) {
            try FileSystem.makeFolders(folder)
            try FileSystem.replace("\(folder)/\(key).passed", with: [])
        } catch {
            // Compiling said so already.
        }
    }
}

extension CUDADevice {
    /// SHA-256 of all that decides what kernels compute: their sources, the compiler, the driver, the GPU, and which kernels are chosen.
    public var fingerprint: String {
        let gpu = context.gpu
        var texts = [
            "\(library.compiler.architecture)", "\(library.compiler.nvrtc.version)", "\(context.driver.version)",
            gpu.name, gpu.uuid, "\(isDeterministic)",
        ]
        for (name, text) in library.compiler.sources.files.sorted(by: { $0.key < $1.key }) { texts += [name, text] }
        return SHA256.digest(of: texts.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }).hexadecimal
    }
}
