import Foundation
import Glibc
import Synchronization

/// A server on this machine's loopback that reads HTTP requests and answers each with bytes that a test made, in pieces.
final class FakeServer: Sendable {
    struct Request: Sendable {
        var line: String
        var headers: String
        var body: String
    }

    /// What is sent back, piece after piece.
    typealias Answer = @Sendable (Request) -> [String]

    let port: UInt16
    private let socket: Int32
    private let answer: Answer
    private let seen = Mutex<[Request]>([])

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { seen.withLock { $0 } }

    struct Failure: Error {
        var call: String
        var number = errno
    }

    init(_ answer: @escaping Answer) throws {
        self.answer = answer
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failure(call: "socket") }
        self.socket = socket
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 64) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw Failure(call: "bind") }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            // Until `stop` closes the socket.
            while case let connection = accept(self.socket, nil, nil), connection >= 0 {
                Thread.detachNewThread { [self] in serve(connection) }
            }
        }
    }

    func stop() { shutdown(socket, Int32(SHUT_RDWR)) }

    deinit { close(socket) }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        guard let request = read(connection) else { return }
        seen.withLock { $0.append(request) }
        for piece in answer(request) {
            let bytes = Array(piece.utf8)
            guard send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
        }
    }

    private func read(_ connection: Int32) -> Request? {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let headers = text[..<end.lowerBound].lowercased()
            let length =
                headers.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
            guard text[end.upperBound...].utf8.count >= length else { continue }
            let line = text.prefix { $0 != "\r\n" }
            return Request(line: String(line), headers: headers, body: String(text[end.upperBound...]))
        }
    }

    static func json(_ body: String, status: String = "200 OK") -> [String] {
        ["HTTP/1.1 \(status)\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"]
    }

    /// A stream that ends with its connection.
    static func stream(_ events: [String]) -> [String] {
        ["HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"] + events.map { "data: \($0)\r\n\r\n" }
            + ["data: [DONE]\n\n"]
    }
}
