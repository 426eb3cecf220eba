/// Kernels that are compiled together: a file, and what of its templates is needed.
///
/// ```swift
/// KernelProgram("linear.cu", ["product<8, Q4K>", "product<8, Q6K>"])
/// ```
public struct KernelProgram: Sendable, Hashable {
    /// `linear.cu`.
    public var file: String
    /// Kernels as C++ names them. Those declared `extern "C"` are compiled anyway and need no entry.
    public var expressions: [String]
    /// More options of the compiler, such as `-DROWS=8`.
    public var options: [String]

    public init(_ file: String, _ expressions: [String] = [], options: [String] = []) {
        self.file = file
        self.expressions = expressions
        self.options = options
    }

    /// The program as its own file lists it: one expression per line that begins with `// instantiate: `.
    ///
    /// What a model does not need is in there too: for tests that compile everything.
    public init(_ file: String, listedIn sources: KernelSources) {
        let mark = "// instantiate: "
        let lines = (sources.files[file] ?? "").split(separator: "\n")
        self.init(file, lines.filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) })
    }
}
