public import Zonda

/// How a server listens, and what it lets clients do; everything has a sane default.
public struct ServerOptions: Sendable {
    /// The address to listen at. Others than those of this machine itself let the network in.
    public var host = "127.0.0.1"
    /// 0 for any that is free.
    public var port = 8080
    /// Keys of which a request must have one; none: whoever reaches the server may use it.
    public var keys: [String] = []
    /// Origins whose pages may call the server; `*` for all.
    public var corsOrigins: [String] = []

    /// Bytes of a request's body.
    public var maxBodyByteCount = 32 << 20
    /// For a request's body to be there.
    public var bodyTimeout = Duration.seconds(60)
    public var maxHeaderCount = 100
    /// Bytes of a request's headers.
    public var maxHeaderByteCount = 32 << 10
    public var maxConnectionCount = 1024
    /// For a connection on which nothing is asked.
    public var idleTimeout = Duration.seconds(75)
    /// Requests that wait for a model beyond those that it runs at a time.
    public var maxQueueCount = 256
    public var maxStreamCount = 512
    /// For a request from its first byte to the last of its answer.
    public var requestTimeout = Duration.seconds(600)
    /// For a client to take what is written to it.
    public var writeTimeout = Duration.seconds(30)
    /// Bytes of a stream that wait for a slow client; it is cut off when there are more.
    public var maxPendingByteCount = 1 << 20
    /// How long the status of a stream waits for its first event: what goes wrong until then is told by the status.
    public var statusPatience = Duration.seconds(2)
    /// After how much silence a stream is told to be alive.
    public var keepAliveInterval = Duration.seconds(15)
    /// For streams that run when the server is to stop.
    public var drainTimeout = Duration.seconds(30)

    /// After how much time without requests a model is unloaded; nil for never.
    public var idleUnload: Duration?
    /// Whether even the first model is loaded when it is first asked for.
    public var isLazy = false
    /// Whether requests and answers are written to the log.
    public var logsPrompts = false
    /// How the hidden states of a text become its embedding.
    public var pooling = Pooling.mean

    public init() {}

    /// Whether only this machine reaches the server.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
