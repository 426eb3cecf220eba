/// What a kernel takes per thread, as the assembler reports it with `--ptxas-options=-v`.
public struct KernelResources: Sendable, Hashable {
    /// The symbol, as C++ mangles it.
    public var symbol: String
    public var registerCount = 0
    /// Bytes of local memory: arrays that are indexed at run time, and spilled registers.
    public var stackByteCount = 0
    /// Bytes written to local memory because there were too few registers.
    public var spillStoreByteCount = 0
    /// Bytes read back.
    public var spillLoadByteCount = 0

    public var spills: Bool { spillStoreByteCount + spillLoadByteCount > 0 }

    /// Reads lines like these, one group per kernel:
    ///
    ///     ptxas info    : Compiling entry function 'add' for 'sm_80'
    ///     ptxas info    : Function properties for add
    ///         0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
    ///     ptxas info    : Used 12 registers, 380 bytes cmem[0]
    static func all(inLog log: String) -> [KernelResources] {
        var kernels: [KernelResources] = []
        for line in log.split(separator: "\n") {
            if line.contains("Compiling entry function") {
                let quoted = line.split(separator: "'", omittingEmptySubsequences: false)
                kernels.append(KernelResources(symbol: quoted.count > 1 ? String(quoted[1]) : ""))
            } else if !kernels.isEmpty {
                kernels[kernels.count - 1].read(line)
            }
        }
        return kernels
    }

    private mutating func read(_ line: Substring) {
        let words = line.split { $0 == " " || $0 == "," }
        for index in words.indices.dropLast() {
            guard let number = Int(words[index]) else { continue }
            switch words[(index + 1)...].prefix(3).joined(separator: " ") {
            case "bytes stack frame": stackByteCount += number
            case "bytes spill stores": spillStoreByteCount += number
            case "bytes spill loads": spillLoadByteCount += number
            case let next where next.hasPrefix("registers"): registerCount = number
            default: break
            }
        }
    }
}
