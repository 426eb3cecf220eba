/// What the compiler made of a program.
public struct CompiledKernels: Sendable, Hashable {
    /// The program's file, for messages.
    public let name: String
    /// Machine code for one architecture.
    public let cubin: [UInt8]
    /// The symbol of each name expression.
    public let loweredNames: [String: String]
    /// What the compiler said: warnings, and a line on the registers of each kernel.
    public let log: String

    public init(name: String, cubin: [UInt8], loweredNames: [String: String], log: String) {
        self.name = name
        self.cubin = cubin
        self.loweredNames = loweredNames
        self.log = log
    }

    /// Registers and memory of each kernel, read from the log.
    public var resources: [KernelResources] { KernelResources.all(inLog: log) }
}
