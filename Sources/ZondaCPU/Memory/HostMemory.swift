import Glibc
import ZondaCore
import ZondaDevice

/// Memory of the machine itself, for weights, KV pages and activations.
enum HostMemory {
    /// A cache line, and the widest vector.
    static let alignment = 64
    /// From here on memory is mapped by itself, so that it can use huge pages and go back to the system when freed.
    private static let mappedThreshold = 1 << 20
    /// Allocations of this size are checked against what is free first: Linux promises more memory than there is, and
    /// would end the process later, when the pages are touched.
    private static let checkedThreshold = 64 << 20

    /// When memory is first written, which is when Linux finds and clears its pages.
    enum FirstUse {
        /// At once, and then read from end to end for every token: huge pages, as with those of 4 KiB the address
        /// translation shows.
        case whileLoading
        /// Bit by bit while tokens are waited for, as KV pages are: 4 KiB at a time. A huge page of 2 MiB takes 4 ms to
        /// clear on a virtual machine, for which both threads of a step wait; without them 99 % of the tokens of eight
        /// requests came after 7 ms, with them after 20 (median 5; `zonda bench --arriving`, SmolLM2, Zen 5).
        case whileServing
    }

    /// Zeroed bytes at a multiple of `alignment`.
    ///
    /// - Throws: `outOfMemory` with `needed` and `available`.
    static func allocate(
        byteCount: Int, for purpose: String, firstUse: FirstUse = .whileLoading
    ) throws(ZondaError) -> DeviceMemory {
        guard byteCount >= 0 else { throw exhausted(byteCount, purpose) }
        if byteCount >= checkedThreshold, byteCount > availableByteCount() { throw exhausted(byteCount, purpose) }
        return byteCount >= mappedThreshold ? try map(byteCount, purpose, firstUse) : try heap(byteCount, purpose)
    }

    private static func heap(_ byteCount: Int, _ purpose: String) throws(ZondaError) -> DeviceMemory {
        var pointer: UnsafeMutableRawPointer?
        // One line more, so that a vector that starts at the last value stays inside.
        let size = byteCount + alignment
        guard posix_memalign(&pointer, alignment, size) == 0, let pointer else { throw exhausted(byteCount, purpose) }
        memset(pointer, 0, size)
        return DeviceMemory(address: UInt(bitPattern: pointer), byteCount: byteCount) { address in
            free(UnsafeMutableRawPointer(bitPattern: address))
        }
    }

    private static func map(
        _ byteCount: Int, _ purpose: String, _ firstUse: FirstUse
    ) throws(ZondaError) -> DeviceMemory {
        let size = byteCount + alignment
        guard
            let pointer = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            pointer != MAP_FAILED
        else { throw exhausted(byteCount, purpose) }
        switch firstUse {
        case .whileLoading: madvise(pointer, size, MADV_HUGEPAGE)
        case .whileServing: madvise(pointer, size, MADV_NOHUGEPAGE)
        }
        return DeviceMemory(address: UInt(bitPattern: pointer), byteCount: byteCount) { address in
            munmap(UnsafeMutableRawPointer(bitPattern: address), size)
        }
    }

    private static func exhausted(_ byteCount: Int, _ purpose: String) -> ZondaError {
        let available = availableByteCount()
        return ZondaError(
            .outOfMemory, "\(purpose) needs \(byteCount) bytes and \(available) are available",
            remedy: "choose a smaller model, a smaller weight type or a shorter context",
            facts: ["needed": "\(byteCount)", "available": "\(available)", "device": "cpu"])
    }
}
