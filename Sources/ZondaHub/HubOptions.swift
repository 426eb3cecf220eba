/// How much at once, and how patiently, a `HubClient` downloads; everything has a sane default.
public struct HubOptions: Sendable {
    /// Files on their way at a time.
    public var parallelFileCount = 3
    /// Pieces of one file on their way at a time, where the server can send pieces.
    public var parallelRangeCount = 6
    /// Bytes of a piece. What is on its way is held in memory until it can be written in order: at most
    /// `parallelFileCount * parallelRangeCount * rangeByteCount`, 72 MiB.
    public var rangeByteCount = 4 << 20
    /// Tries of a request without a byte gained, after which it has failed.
    public var attemptCount = 6
    /// Wait before the second try; doubled with each.
    public var firstDelay = Duration.milliseconds(500)
    public var maxDelay = Duration.seconds(20)
    /// The longest `Retry-After` that is waited for; with a longer one the request has failed.
    public var maxRetryAfter = Duration.seconds(120)
    public var connectTimeout = Duration.seconds(10)
    /// How long a server may send nothing.
    public var idleTimeout = Duration.seconds(30)
    /// What tells the bytes that are free where a path is; tests bring their own.
    package var freeByteCount: @Sendable (String) -> Int? = { DiskSpace.freeByteCount(at: $0) }

    public init() {}
}
