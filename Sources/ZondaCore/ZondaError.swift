/// The one error that Zonda throws: what went wrong, with the value that was wrong and what to do about it.
///
/// ```swift
/// throw ZondaError(.badFile, "\(path): tensor count 4294967296 is above the cap of 1000000",
///     remedy: "the file is damaged or not a GGUF file; fetch it again")
/// ```
public struct ZondaError: Error, Sendable {
    /// A stable name for the kind of failure. Open: more may be added, so switch with a default.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        private init(_ rawValue: String) { self.rawValue = rawValue }

        /// A file that could be read but is truncated, corrupt or hostile.
        public static let badFile = Code("badFile")
        /// A file, folder or model that is not where it was looked for.
        public static let notFound = Code("notFound")
        /// A server that can't be reached, breaks off or has trouble, after as many tries as make sense.
        public static let networkFailed = Code("networkFailed")
        /// A model that the hub gives to some people only: a token, or a licence to accept, is missing.
        public static let accessDenied = Code("accessDenied")
        /// A file that is there but that the system would not read, map or write.
        public static let inputOutput = Code("inputOutput")
        /// A key in a model's configuration that has a value the code was not written for.
        public static let badConfiguration = Code("badConfiguration")
        /// An architecture, type or feature that Zonda does not have.
        public static let unsupported = Code("unsupported")
        /// A tensor with another shape or type than the model needs, or one that is missing or left over.
        public static let badTensor = Code("badTensor")
        /// A chat template that does not compile or fails when rendered.
        public static let badTemplate = Code("badTemplate")
        /// A request that can't be served as it was written.
        public static let badRequest = Code("badRequest")
        /// Logits of which none can be chosen: NaN, or masked.
        public static let badLogits = Code("badLogits")
        /// A prompt that, with the tokens asked for, is longer than the context.
        public static let contextExceeded = Code("contextExceeded")
        /// Weights, KV or scratch that do not fit in the memory of a device.
        public static let outOfMemory = Code("outOfMemory")
        /// A device or instruction set that was asked for and is not there.
        public static let noDevice = Code("noDevice")
        /// A call of a device's driver that failed: the facts have `call`, `result` and, for CUDA, `name`.
        public static let deviceFailed = Code("deviceFailed")
        /// A kernel that the compiler on this machine would not compile: the log is in the message.
        public static let badKernel = Code("badKernel")
        /// A request that was cancelled, or a runner that was shut down, before the answer was complete.
        public static let cancelled = Code("cancelled")
        /// A broken promise between parts of Zonda: please report it.
        public static let internalFault = Code("internalFault")
    }

    public var code: Code
    /// One sentence with the value that was wrong.
    public var message: String
    /// What a person can do about it.
    public var remedy: String?
    /// Named facts for a program to read, such as `needed`, `available`, `tensor`, `offset`.
    public var facts: [String: String]
    /// The error underneath, if there was one.
    public var cause: (any Error)?

    public init(
        _ code: Code, _ message: String, remedy: String? = nil, facts: [String: String] = [:],
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.facts = facts
        self.cause = cause
    }
}

extension ZondaError: CustomStringConvertible {
    public var description: String {
        var text = message
        if let remedy { text += " (\(remedy))" }
        if let cause { text += ": \(cause)" }
        return text
    }
}
