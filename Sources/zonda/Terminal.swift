// The first Clang module of the target that includes sys/stat.h counts as the one that defines `stat`: where a file
// imports NIO that is Dispatch's, else Glibc's.
import CDispatch
import Glibc

/// What a person sees beside the answer: everything here goes to standard error.
enum Terminal {
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }
    static var isInputInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether text comes from a pipe or a file. Other standard inputs that are no terminal (a socket, /dev/null) are not
    /// waited for.
    static var hasPipedInput: Bool {
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0 else { return false }
        return [S_IFIFO, S_IFREG].contains(status.st_mode & S_IFMT)
    }

    /// Of the terminal that standard error is; 80 when it does not say.
    static var columnCount: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
    }

    /// Writes a line.
    static func error(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Writes text without a line end.
    static func note(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Writes a part of what the model thinks, dimmed, where a person is there to see it.
    static func thought(_ text: String) {
        if isInteractive, !text.isEmpty { note("\u{1B}[2m\(text)\u{1B}[0m") }
    }

    /// Writes a part of the answer to standard output, at once.
    static func answer(_ text: String) { write(text, to: STDOUT_FILENO) }

    private static func write(_ text: String, to file: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if written > 0 { bytes = bytes.dropFirst(written) } else if errno != EINTR { return }
        }
    }

    /// All of standard input.
    static func readAll() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count > 0 { bytes += buffer[..<count] } else if count == 0 || errno != EINTR { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A number with `places` digits after the point.
    static func decimal(_ value: Double, _ places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(sign)\(scaled / scale).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }
}
