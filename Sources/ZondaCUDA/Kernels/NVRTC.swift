public import CZondaCUDA
public import ZondaCore

/// NVIDIA's compiler of kernels at run time.
///
/// `Sendable`: programs may be compiled on several threads at once.
public struct NVRTC: Sendable {
    public let functions: zonda_nvrtc
    public let version: LibraryVersion
    /// Compute capabilities that it compiles for: 80 for 8.0, ascending.
    public let architectures: [Int]

    /// - Throws: `badKernel` when the library would not tell its version.
    public init(functions: zonda_nvrtc) throws(ZondaError) {
        self.functions = functions
        var (major, minor, count): (Int32, Int32, Int32) = (0, 0, 0)
        var result = functions.nvrtcVersion(&major, &minor)
        version = LibraryVersion(Int(major), Int(minor))
        if result == ZONDA_NVRTC_SUCCESS { result = functions.nvrtcGetNumSupportedArchs(&count) }
        var numbers = [Int32](repeating: 0, count: max(0, Int(count)))
        if result == ZONDA_NVRTC_SUCCESS { result = functions.nvrtcGetSupportedArchs(&numbers) }
        architectures = numbers.map { Int($0) }
        try check(result, "nvrtcGetSupportedArchs")
    }

    /// Throws when a call failed.
    ///
    /// - Throws: `badKernel`, or `outOfMemory`, with NVRTC's own name for the result.
    func check(
        _ result: zonda_nvrtc_result, _ call: StaticString, _ purpose: @autoclosure () -> String? = nil
    ) throws(ZondaError) {
        guard result != ZONDA_NVRTC_SUCCESS else { return }
        let name = functions.nvrtcGetErrorString(result).map { String(cString: $0) } ?? "unknown error"
        throw ZondaError(
            result == ZONDA_NVRTC_ERROR_OUT_OF_MEMORY ? .outOfMemory : .badKernel,
            (purpose().map { "\($0): " } ?? "") + "\(call) failed with \(name) (\(result.rawValue))",
            remedy: result == ZONDA_NVRTC_ERROR_BUILTIN_OPERATION_FAILURE
                ? "libnvrtc-builtins must lie beside libnvrtc; install NVRTC again" : nil,
            facts: ["call": "\(call)", "result": "\(result.rawValue)", "name": name])
    }
}

extension NVRTC: FindableLibrary {
    static let kind = LibraryKind.nvrtc

    init(_ library: SharedLibrary) throws(LibraryRejection) {
        Self.openBuiltins(beside: library.path)
        let functions = try library.load(zonda_nvrtc.self, zonda_nvrtc_load)
        do throws(ZondaError) {
            try self.init(functions: functions)
        } catch {
            throw LibraryRejection(error.message)
        }
    }

    /// NVRTC opens `libnvrtc-builtins.so.<version>` by name when it compiles. Once it is loaded from beside, that name
    /// means it, whatever the loader's path says.
    private static func openBuiltins(beside path: String) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let folder = path[..<slash]
        for name in FileSystem.names(in: String(folder)) where name.hasPrefix("libnvrtc-builtins.so.") {
            _ = try? SharedLibrary("\(folder)/\(name)")
        }
    }
}
