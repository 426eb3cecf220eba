import CZondaPage
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /`: the chat page, a single file that loads nothing from elsewhere.
struct PageRoute: Sendable {
    private let page: ByteBuffer
    private let policy: String

    init() {
        let bytes = UnsafeRawBufferPointer(start: zonda_chat_page_start(), count: zonda_chat_page_size)
        page = ByteBuffer(bytes: bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        policy = Self.policy(for: text)
    }

    func answer(_ request: Request, _ context: ServerContext) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache",
            .contentSecurityPolicy: policy,
        ]
        headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: page))
    }

    /// A Content Security Policy (level 3) that lets the page's own scripts and styles run, by their hashes, and lets it
    /// talk to this server only.
    static func policy(for page: String) -> String {
        let scripts = hashes(of: "script", in: page)
        let styles = hashes(of: "style", in: page)
        return "default-src 'none'; script-src \(scripts); style-src \(styles); connect-src 'self'; "
            + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    /// The hash of what stands between each pair of tags, byte for byte as a browser takes it.
    private static func hashes(of tag: String, in page: String) -> String {
        var rest = page[...]
        var hashes: [String] = []
        while let open = rest.range(of: "<\(tag)") {
            rest = rest[open.upperBound...]
            guard let end = rest.range(of: ">"), let close = rest.range(of: "</\(tag)>") else { break }
            guard end.upperBound <= close.lowerBound else { break }
            let digest = SHA256.hash(data: Data(rest[end.upperBound..<close.lowerBound].utf8))
            hashes.append("'sha256-\(Data(digest).base64EncodedString())'")
            rest = rest[close.upperBound...]
        }
        return hashes.isEmpty ? "'none'" : hashes.joined(separator: " ")
    }
}
