import Glibc
import Testing
import ZondaCore

@Suite(.timeLimit(.minutes(2))) struct SystemThreadTests {
    @Test func runsWithANameOfItsOwn() throws {
        let names = Monitor([String?]())
        for name in ["zonda engine", "a name of more than fifteen bytes"] {
            let thread = try SystemThread(name: name) {
                let shown = Self.text("/proc/thread-self/comm")
                names.withLock { $0.append(shown) }
            }
            thread.join()
            thread.join()
        }
        #expect(names.withLock { $0 } == ["zonda engine\n", "a name of more \n"])
        #expect(Self.text("/proc/thread-self/comm")?.hasPrefix("zonda engine") == false)
    }

    @Test func hasTheStackThatIsAskedFor() throws {
        let byteCount = Monitor(0)
        let thread = try SystemThread(name: "deep", stackByteCount: 40 << 20) {
            var here = 0
            let address = withUnsafeMutablePointer(to: &here) { UInt(bitPattern: $0) }
            let count = Self.mappingByteCount(around: address)
            byteCount.withLock { $0 = count }
        }
        thread.join()
        #expect(byteCount.withLock { $0 } >= 40 << 20)
    }

    @Test func runsOnWhenNobodyHoldsIt() throws {
        let isDone = Monitor(false)
        _ = try SystemThread(name: "alone") {
            isDone.withLock { $0 = true }
            isDone.notifyAll()
        }
        isDone.waitUntil {
            $0
        } then: {
            #expect($0)
        }
    }

    @Test func aThreadThatCantBeStartedIsAnError() throws {
        final class Token: Sendable {}
        weak var held: Token?
        do {
            let token = Token()
            held = token
            let error = #expect(throws: ZondaError.self) {
                _ = try SystemThread(name: "vast", stackByteCount: 1 << 60) { withExtendedLifetime(token) {} }
            }
            #expect(error?.code == .inputOutput)
            #expect(error?.message.contains("\"vast\" can't be started") == true)
        }
        #expect(held == nil, "what the thread would have run with is kept")
    }

    /// Files of /proc say 0 for their size.
    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    private static func mappingByteCount(around address: UInt) -> Int {
        for line in (text("/proc/self/maps") ?? "").split(separator: "\n") {
            let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2, ends[0] <= address, address < ends[1] { return Int(ends[1] - ends[0]) }
        }
        return 0
    }
}
