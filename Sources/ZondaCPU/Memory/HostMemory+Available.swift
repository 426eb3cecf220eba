import Glibc

extension HostMemory {
    /// Bytes that can be allocated without swapping: what the system has free, or less if the process' group is limited.
    static func availableByteCount() -> Int {
        min(systemAvailable() ?? .max, groupAvailable() ?? .max)
    }

    private static func systemAvailable() -> Int? {
        guard let text = smallFile("/proc/meminfo") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            let words = line.split(separator: " ")
            return words.count > 1 ? Int(words[1]).map { $0 * 1024 } : nil
        }
        return nil
    }

    /// The limit of the control group (version 2, then 1) less what it uses; page cache counts as used there although it
    /// would be dropped, so inactive file pages are added back.
    private static func groupAvailable() -> Int? {
        let places = [
            ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat"),
            (
                "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes",
                "/sys/fs/cgroup/memory/memory.stat"
            ),
        ]
        for (limitPath, usagePath, statPath) in places {
            guard let limit = number(limitPath), let usage = number(usagePath) else { continue }
            return max(0, limit - usage + fileCache(statPath))
        }
        return nil
    }

    private static func fileCache(_ path: String) -> Int {
        var total = 0
        for line in (smallFile(path) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, words[0] == "inactive_file" || words[0] == "active_file" else { continue }
            total += Int(words[1]) ?? 0
        }
        return total
    }

    private static func number(_ path: String) -> Int? {
        smallFile(path)?.split(separator: "\n").first.flatMap { Int($0) }
    }

    /// The text of a file of the system's own; these are a few KiB.
    static func smallFile(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}

extension HostMemory {
    /// All memory of the machine.
    static func totalByteCount() -> Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }
}
