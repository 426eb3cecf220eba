import Glibc
public import ZondaCore

/// Compiled kernels on disk, one file each, named by a digest of all that they were compiled from.
///
/// The folder is `ZONDA_CACHE/kernels`, else `XDG_CACHE_HOME/zonda/kernels`, else `~/.cache/zonda/kernels`. Any number of
/// processes may use it at once: a file appears complete or not at all, and both of two writers write the same. It may
/// be deleted at any time.
///
/// `Sendable`: a path.
public struct KernelCache: Sendable {
    /// Nil when no variable says where it could be: nothing is kept then.
    public let folder: String?

    /// No entry is larger; what is, was not written here.
    private static let byteCountCap = 256 << 20

    public init(folder: String?) { self.folder = folder }

    /// The folder that the environment names.
    public init(in environment: SearchEnvironment = .process) {
        if let own = environment.value("ZONDA_CACHE") {
            folder = "\(own)/kernels"
        } else {
            let caches = environment.value("XDG_CACHE_HOME") ?? environment.value("HOME").map { "\($0)/.cache" }
            folder = caches.map { "\($0)/zonda/kernels" }
        }
    }

    /// The name of what a compiler makes of a program: SHA-256 of source, headers, options, expressions, architecture and
    /// NVRTC's version, each with its length, so that no two lists of texts read alike.
    ///
    /// - Throws: `internalFault` for a file that there is not.
    public static func key(of program: KernelProgram, by compiler: KernelCompiler) throws(ZondaError) -> String {
        var texts = [program.file, try compiler.sources.text(of: program)]
        for header in compiler.sources.headers { texts += [header.name, header.text] }
        let options = compiler.options(of: program)
        for list in [options, program.expressions] { texts += ["\(list.count)"] + list }
        texts += ["\(compiler.architecture)", "\(compiler.nvrtc.version)"]
        let bytes = texts.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
        return SHA256.digest(of: bytes).hexadecimal
    }

    /// What is kept under a key, or nil: not there, or damaged, and then it is removed.
    public func load(_ key: String) -> CompiledKernels? {
        guard let path = path(of: key), let bytes = FileSystem.bytes(of: path, cap: Self.byteCountCap) else {
            return nil
        }
        if let kernels = KernelCacheEntry.kernels(in: bytes, key: key) { return kernels }
        unlink(path)
        return nil
    }

    /// Keeps kernels under a key.
    ///
    /// - Throws: `inputOutput` when the folder can't be made or written; the kernels work without.
    public func store(_ kernels: CompiledKernels, _ key: String) throws(ZondaError) {
        guard let folder, let path = path(of: key) else {
            throw ZondaError(
                .inputOutput, "there is no folder for compiled kernels, as HOME is not set",
                remedy: "set ZONDA_CACHE to a folder that can be written")
        }
        do throws(FileSystem.Failure) {
            try FileSystem.makeFolders(folder)
            try FileSystem.replace(path, with: KernelCacheEntry.bytes(of: kernels, key: key))
        } catch {
            throw ZondaError(
                .inputOutput,
                "compiled kernels can't be kept in \(folder), so every start compiles them: \(error.reason)",
                remedy: "set ZONDA_CACHE to a folder that can be written", facts: ["folder": folder])
        }
    }

    private func path(of key: String) -> String? { folder.map { "\($0)/\(key).cubin" } }
}
