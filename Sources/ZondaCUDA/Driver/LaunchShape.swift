/// How many threads run a kernel, and how they may overlap with what is before them.
public struct LaunchShape: Sendable, Hashable {
    /// Three counts; the first one varies fastest.
    public struct Extent: Sendable, Hashable, CustomStringConvertible {
        public var x: Int
        public var y: Int
        public var z: Int

        public init(_ x: Int, _ y: Int = 1, _ z: Int = 1) {
            self.x = x
            self.y = y
            self.z = z
        }

        public var count: Int { x * y * z }
        public var description: String { "\(x)x\(y)x\(z)" }
    }

    /// Blocks.
    public var grid: Extent
    /// Threads of a block, at most 1024.
    public var block: Extent
    /// Bytes of dynamic shared memory per block.
    public var sharedByteCount: Int
    /// Programmatic dependent launch: blocks may start while the kernel before is still running, and must execute
    /// `griddepcontrol.wait` before they touch what it writes. Ignored before sm_90.
    public var overlapsPrevious: Bool
    /// Blocks that share their shared memory, from sm_90 on; nil for none.
    public var cluster: Extent?

    public init(
        grid: Extent, block: Extent, sharedByteCount: Int = 0, overlapsPrevious: Bool = false, cluster: Extent? = nil
    ) {
        self.grid = grid
        self.block = block
        self.sharedByteCount = sharedByteCount
        self.overlapsPrevious = overlapsPrevious
        self.cluster = cluster
    }
}
