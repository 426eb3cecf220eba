import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ZondaCore

/// Asks for pieces of one file.
struct RangeFetch: Sendable {
    let transport: HubTransport
    let problem: HubProblem
    let file: HubFile
    /// On the hub; it leads on to where the bytes are.
    let url: HubURL

    /// The head of an answer that has the bytes of `range`, or all bytes of the file.
    ///
    /// - Parameter source: where the bytes were before, asked without the hub: its signature may have expired.
    func open(_ range: ClosedRange<Int>?, from source: HubURL? = nil) async throws(HubFailure) -> HubResponse {
        let response = try await transport.get(source ?? url, range: range)
        switch response.status {
        case .ok, .partialContent: break
        default:
            await response.drain()
            let failure = problem.failure(response)
            // The server of the bytes does not know models: that it says no means a signature that has expired.
            guard response.url.hasOrigin(of: transport.endpoint), source == nil else {
                throw .transient(
                    "\(response.url.host) answers \(response.status.code) for \(file.path)", after: failure.retryAfter)
            }
            throw failure
        }
        try check(response, range)
        return response
    }

    /// All bytes of a range, tried again from where an attempt ended, and where they came from.
    ///
    /// - Parameters:
    ///   - first: an answer that has the range, when there is one already.
    ///   - onBytes: called with the number of bytes that came.
    func bytes(
        _ range: ClosedRange<Int>, from source: HubURL, _ first: HubResponse?, onBytes: @Sendable (Int) -> Void
    ) async throws(ZondaError) -> (bytes: ByteBuffer, source: HubURL) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(range.count)
        var retry = Retry(transport.options)
        var (asked, used, first) = (HubURL?.some(source), source, first)
        while bytes.readableBytes < range.count {
            let before = bytes.readableBytes
            do throws(HubFailure) {
                let rest = (range.lowerBound + before)...range.upperBound
                let response: HubResponse
                if let answer = first { response = answer } else { response = try await open(rest, from: asked) }
                guard response.status == .partialContent else {
                    throw .final(wrong(response, "sends the whole of it when asked for a part"))
                }
                used = response.url
                try await read(response, atMost: rest.count) { (piece) throws(ZondaError) in
                    bytes.writeImmutableBuffer(piece)
                    onBytes(piece.readableBytes)
                }
                guard bytes.readableBytes == range.count else {
                    throw .transient(
                        "\(used.host) ended \(file.path) after \(bytes.readableBytes) of \(range.count) bytes")
                }
            } catch {
                (asked, first) = (nil, nil)
                try await retry.wait(after: error, madeProgress: bytes.readableBytes > before)
            }
        }
        return (bytes, used)
    }

    /// Reads a body as it comes.
    ///
    /// - Throws: a final failure for more bytes than `most`.
    func read(
        _ response: HubResponse, atMost most: Int, _ body: (ByteBuffer) throws(ZondaError) -> Void
    ) async throws(HubFailure) {
        var left = most
        do {
            for try await piece in response.body {
                left -= piece.readableBytes
                guard left >= 0 else {
                    throw HubFailure.final(wrong(response, "sends more than the \(most) bytes that it was asked for"))
                }
                try body(piece)
            }
        } catch {
            throw HubFailure(error, response.url)
        }
    }

    private func check(_ response: HubResponse, _ range: ClosedRange<Int>?) throws(HubFailure) {
        func header(_ name: String) -> String? { response.headers.first(name: name) }
        if let encoding = header("Content-Encoding"), encoding.lowercased() != "identity" {
            throw .final(wrong(response, "sends it packed as \(PlainText.shown(encoding)), which nobody asked for"))
        }
        var expected = file.byteCount
        if response.status == .partialContent {
            let said = header("Content-Range") ?? ""
            guard let range, Self.isContent(said, range, of: file.byteCount) else {
                let asked = range.map { "bytes \($0.lowerBound)-\($0.upperBound)" } ?? "all of it"
                throw .final(wrong(response, "sends \"\(PlainText.shown(said))\" when asked for \(asked)"))
            }
            expected = range.count
        }
        if let length = header("Content-Length"), Int(length) != expected {
            throw .final(wrong(response, "says \(PlainText.shown(length)) bytes where the hub listed \(expected)"))
        }
    }

    /// Whether `Content-Range: bytes 0-99/1000` is the range that was asked for (RFC 9110, section 14.4).
    static func isContent(_ text: String, _ range: ClosedRange<Int>, of byteCount: Int) -> Bool {
        let start = "bytes \(range.lowerBound)-\(range.upperBound)/"
        return text == start + "\(byteCount)" || text == start + "*"
    }

    private func wrong(_ response: HubResponse, _ what: String) -> ZondaError {
        ZondaError(
            .badFile, "\(file.path): \(response.url.host) \(what)",
            remedy: "run it again; if it stays so, check HF_ENDPOINT and the proxy", facts: ["file": file.path])
    }
}
