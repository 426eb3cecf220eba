import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import ZondaCore

/// Why one attempt failed, and whether another may do better.
struct HubFailure: Error {
    let error: ZondaError
    var isTransient = false
    /// Nobody answered at all.
    var isUnreachable = false
    /// What the server asked for.
    var retryAfter: Duration?
    /// What the hub was asked for and does not have, where the names of others may help.
    var missing: Missing?

    enum Missing: Sendable { case model, revision }

    static func final(_ error: ZondaError) -> HubFailure { HubFailure(error: error) }

    static func missing(_ missing: Missing, _ error: ZondaError) -> HubFailure {
        var failure = final(error)
        failure.missing = missing
        return failure
    }

    static func transient(_ message: String, after: Duration? = nil) -> HubFailure {
        HubFailure(error: network(message), isTransient: true, retryAfter: after)
    }

    /// What the client or its connection threw.
    init(_ thrown: any Error, _ url: HubURL) {
        switch thrown {
        case let failure as HubFailure: self = failure
        case let error as ZondaError: self.init(error: error)
        case is CancellationError: self.init(error: .downloadCancelled)
        case let error as HTTPClientError where error == .cancelled: self.init(error: .downloadCancelled)
        case let error as HTTPParserError where error != .invalidEOFState:
            self.init(
                error: ZondaError(
                    .badFile, "\(url.host) sent what is not an answer in HTTP: \(error)",
                    remedy: "check HF_ENDPOINT and the proxy"))
        case let error as HTTPClientError where error == .connectTimeout:
            self.init(error: Self.network("\(url.host) does not answer"), isTransient: true, isUnreachable: true)
        case let error as NIOConnectionError:
            self.init(
                error: Self.network("\(url.host) can't be reached: \(Self.reason(error))"), isTransient: true,
                isUnreachable: true)
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode):
            self.init(
                error: Self.network("\(url.host) can't be reached: \(String(cString: strerror(error.errnoCode)))"),
                isTransient: true, isUnreachable: true)
        case let error as HTTPClientError where error == .readTimeout:
            self.init(error: Self.network("\(url.host) sends nothing any more"), isTransient: true)
        default:
            self.init(error: Self.network("the connection to \(url.host) broke: \(thrown)"), isTransient: true)
        }
    }

    private init(
        error: ZondaError, isTransient: Bool = false, isUnreachable: Bool = false, retryAfter: Duration? = nil
    ) {
        self.error = error
        self.isTransient = isTransient
        self.isUnreachable = isUnreachable
        self.retryAfter = retryAfter
    }

    private static func network(_ message: String) -> ZondaError {
        ZondaError(
            .networkFailed, message,
            remedy: "check the network and HTTPS_PROXY and run it again: what has come is kept")
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if let lookup = error.dnsAError ?? error.dnsAAAAError { return "its name has no address (\(lookup))" }
        return error.connectionErrors.first.map { "\($0.error)" } ?? "no address"
    }
}

extension ZondaError {
    static var downloadCancelled: ZondaError {
        ZondaError(.cancelled, "the download was cancelled", remedy: "run it again to go on from where it was")
    }
}

/// Counts the attempts of one request, and waits between them.
struct Retry {
    private let options: HubOptions
    private let isFirst: Bool
    private var attempt = 0
    /// A server that can't be reached at all is not worth more, as long as it never was.
    private static let unreachableAttemptCount = 3

    /// - Parameter isFirst: nothing has come from the server yet.
    init(_ options: HubOptions, isFirst: Bool = false) {
        self.options = options
        self.isFirst = isFirst
    }

    /// Returns when the request is to be tried again.
    ///
    /// - Parameter madeProgress: bytes came since the last failure: attempts are counted anew.
    /// - Throws: the failure itself when another attempt is of no use.
    mutating func wait(after failure: HubFailure, madeProgress: Bool = false) async throws(ZondaError) {
        attempt = madeProgress ? 1 : attempt + 1
        let isHopeless = isFirst && failure.isUnreachable
        let most = min(options.attemptCount, isHopeless ? Self.unreachableAttemptCount : .max)
        guard failure.isTransient else { throw failure.error }
        guard attempt < most else {
            var error = failure.error
            if attempt > 1 { error.message += "; tried \(attempt) times" }
            throw error
        }
        if let after = failure.retryAfter, after > options.maxRetryAfter {
            var error = failure.error
            error.remedy = "try again in \(after.components.seconds) seconds"
            throw error
        }
        let doubled = options.firstDelay * (1 << min(attempt - 1, 16))
        // Many that failed together should not come back together.
        let delay = min(doubled, options.maxDelay) * Double.random(in: 0.75...1.25)
        do { try await Task.sleep(for: max(failure.retryAfter ?? .zero, delay)) } catch { throw .downloadCancelled }
    }
}
