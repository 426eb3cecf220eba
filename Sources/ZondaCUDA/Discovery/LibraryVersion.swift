/// The version of a library, or of the CUDA that a driver implements.
public struct LibraryVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    /// Nil where the library tells only two numbers.
    public var patch: Int?

    public init(_ major: Int, _ minor: Int, _ patch: Int? = nil) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// 1000 * major + 10 * minor, as `cuDriverGetVersion` writes it.
    public init(driverNumber number: Int32) {
        self.init(Int(number) / 1000, Int(number) % 1000 / 10)
    }

    /// 10000 * major + 100 * minor + patch, as cuBLASLt (from 12) and NCCL (from 2.9) write it.
    init(packed number: Int) {
        self.init(number / 10000, number / 100 % 100, number % 100)
    }

    public var description: String {
        "\(major).\(minor)" + (patch.map { ".\($0)" } ?? "")
    }

    public static func < (a: LibraryVersion, b: LibraryVersion) -> Bool {
        (a.major, a.minor, a.patch ?? 0) < (b.major, b.minor, b.patch ?? 0)
    }
}
