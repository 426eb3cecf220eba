import CZondaKernels
import ZondaCore

/// The texts that kernels are compiled from.
public struct KernelSources: Sendable {
    /// Text by name, as an include line writes it.
    public let files: [String: String]

    public init(files: [String: String]) { self.files = files }

    /// Those inside this binary.
    public static let embedded: KernelSources = {
        var count = 0
        let first = zonda_kernel_sources(&count)
        let sources = UnsafeBufferPointer(start: first, count: count)
        let pairs = sources.map { source in
            let bytes = UnsafeBufferPointer(start: source.bytes, count: source.byte_count)
            return (String(cString: source.name), String(decoding: bytes, as: UTF8.self))
        }
        return KernelSources(files: Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    }()

    /// The names of what can be compiled, sorted.
    public var programNames: [String] { files.keys.filter { $0.hasSuffix(".cu") }.sorted() }

    /// What programs may include, sorted by name.
    var headers: [(name: String, text: String)] {
        files.filter { !$0.key.hasSuffix(".cu") }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// - Throws: `internalFault` for a file that there is not.
    func text(of program: KernelProgram) throws(ZondaError) -> String {
        guard let text = files[program.file] else {
            throw ZondaError(
                .internalFault,
                "there is no kernel file \(program.file); there are: \(programNames.joined(separator: ", "))")
        }
        return text
    }
}
