/// What the maker calls the processor.
enum ProcessorName {
    static var current: String {
        for line in (HostMemory.smallFile("/proc/cpuinfo") ?? "").split(separator: "\n")
        where line.hasPrefix("model name") {
            guard let colon = line.firstIndex(of: ":") else { break }
            let words = line[line.index(after: colon)...].split(separator: " ")
            // "AMD EPYC 9R45 96-Core Processor": the count is the machine's, not what this process may use.
            let name = words.prefix { !$0.hasSuffix("-Core") && $0 != "CPU" && $0 != "@" && $0 != "Processor" }
            return name.isEmpty ? "CPU" : name.joined(separator: " ")
        }
        return "CPU"
    }
}
