/// NVIDIA's number for a generation of GPUs: 8.0 for the A100, 9.0 for the H100.
public struct ComputeCapability: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// The oldest that Zonda's kernels run on: the first with bf16 tensor cores and `cp.async`.
    public static let oldest = ComputeCapability(8, 0)

    /// 80 for 8.0, 120 for 12.0.
    public var number: Int { 10 * major + minor }

    public var description: String { "\(major).\(minor)" }

    public static func < (a: ComputeCapability, b: ComputeCapability) -> Bool {
        (a.major, a.minor) < (b.major, b.minor)
    }
}
