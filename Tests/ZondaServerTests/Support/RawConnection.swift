import Dispatch
import Glibc

/// A connection byte by byte, for what no well-behaved client does. Calls that wait do so on a queue of their own.
final class RawConnection: Sendable {
    struct Failure: Error { var call: String }

    private let socket: Int32
    private let queue = DispatchQueue(label: "raw connection", attributes: .concurrent)

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failure(call: "socket") }
        if var size = receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(call: "connect") }
    }

    deinit { close(socket) }

    /// Ends the connection both ways, as a client that goes away does.
    func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(call: "send")
        }
    }

    /// A POST with a body.
    func post(_ path: String, _ body: String, close: Bool = false) throws {
        let end = close ? "Connection: close\r\n" : ""
        try send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(end)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// What comes next, empty when the connection ends.
    func receive() async -> String {
        await withCheckedContinuation { continuation in
            queue.async { [socket] in
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                let count = recv(socket, &buffer, buffer.count, 0)
                continuation.resume(returning: String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self))
            }
        }
    }

    /// All that comes until `mark` does or the connection ends.
    func receive(until mark: String) async -> String {
        var text = ""
        while !text.contains(mark) {
            let piece = await receive()
            if piece.isEmpty { break }
            text += piece
        }
        return text
    }

    /// All that comes until the connection ends.
    func receiveAll() async -> String { await receive(until: "\u{0}never") }
}
