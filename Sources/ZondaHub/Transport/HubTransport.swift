import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ZondaCore
import ZondaFormats

/// Sends requests to the hub, and follows where it points.
///
/// The token goes to the endpoint's own server and to no other; from https nothing leads to http.
struct HubTransport: Sendable {
    let endpoint: HubURL
    let token: HubToken?
    let options: HubOptions
    private let client: HTTPClient
    private let logger: Logger?

    /// Runs `body` with a transport, and closes its connections.
    static func with<Value: Sendable>(
        _ hub: HubEnvironment, _ options: HubOptions, _ logger: Logger?,
        _ body: (HubTransport) async throws(ZondaError) -> Value
    ) async throws(ZondaError) -> Value {
        guard let endpoint = HubURL(hub.endpoint) else {
            throw ZondaError(
                .badRequest, "HF_ENDPOINT is \"\(PlainText.shown(hub.endpoint))\"",
                remedy: "write it as \(HubEnvironment.defaultEndpoint)")
        }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .nanoseconds(options.connectTimeout.nanoseconds)
        configuration.timeout.read = .nanoseconds(options.idleTimeout.nanoseconds)
        // Over one HTTP/2 connection the ranges of a file would share one connection's rate.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            options.parallelFileCount * options.parallelRangeCount
        // `Retry` does that, and knows what to say.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.proxy = try HubProxy.proxy(for: endpoint, hub.proxies)
        let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
        let transport = HubTransport(
            endpoint: endpoint, token: hub.token, options: options, client: client, logger: logger)
        do throws(ZondaError) {
            let value = try await body(transport)
            try? await client.shutdown()
            return value
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// One attempt of a GET: the answer at the end of all redirects.
    ///
    /// - Parameter range: bytes of the file, both ends included.
    func get(_ url: HubURL, range: ClosedRange<Int>? = nil) async throws(HubFailure) -> HubResponse {
        var target = url
        for _ in 0...HubCaps.redirectCount {
            var request = HTTPClientRequest(url: target.text)
            request.headers.add(name: "User-Agent", value: "zonda")
            // Of packed bytes neither ranges nor lengths would be those of the file.
            request.headers.add(name: "Accept-Encoding", value: "identity")
            if let range { request.headers.add(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound)") }
            if let token, target.hasOrigin(of: endpoint) {
                request.headers.add(name: "Authorization", value: "Bearer \(token.text)")
            }
            logger?.debug("GET \(target)")
            let answer: HTTPClientResponse
            // How long the whole may take is not limited; how long nothing may come is.
            do { answer = try await client.execute(request, deadline: .now() + .hours(24 * 7)) } catch {
                throw HubFailure(error, target)
            }
            let response = HubResponse(url: target, status: answer.status, headers: answer.headers, body: answer.body)
            guard [301, 302, 303, 307, 308].contains(answer.status.code) else { return response }
            await response.drain()
            target = try Self.next(from: target, to: answer.headers.first(name: "Location") ?? "")
        }
        throw .final(
            ZondaError(
                .badFile, "\(url) leads from one address to the next, more than \(HubCaps.redirectCount) times",
                remedy: "check HF_ENDPOINT, or try again later"))
    }

    /// Where a redirect leads.
    static func next(from url: HubURL, to location: String) throws(HubFailure) -> HubURL {
        guard let next = url.resolving(location) else {
            throw .final(
                ZondaError(
                    .badFile, "\(url) leads to \"\(PlainText.shown(location))\", which is no address",
                    remedy: "check HF_ENDPOINT, or try again later"))
        }
        guard next.isSecure || !url.isSecure else {
            throw .final(
                ZondaError(
                    .accessDenied, "\(url) leads from https to \(next), which anyone on the way could read",
                    remedy: "check HF_ENDPOINT and the proxy"))
        }
        return next
    }
}

/// The head of an answer, and its body as it comes.
struct HubResponse: Sendable {
    let url: HubURL
    let status: HTTPResponseStatus
    let headers: HTTPHeaders
    let body: HTTPClientResponse.Body

    /// A body that is small is read, so that its connection can be used again.
    func drain() async { _ = try? await body.collect(upTo: 64 << 10) }

    /// The whole body.
    func bytes(cap: Int) async throws(HubFailure) -> ByteBuffer {
        do { return try await body.collect(upTo: cap) } catch is NIOTooManyBytesError {
            throw .final(
                ZondaError(
                    .badFile, "\(url) sends more than \(cap) bytes", remedy: "check that HF_ENDPOINT is a hub"))
        } catch { throw HubFailure(error, url) }
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
