import CZondaKernels
import ZondaCore
import ZondaDevice

/// The inputs of a step at fixed addresses of the GPU, written by one copy from pinned memory.
///
/// Several steps may be submitted before the first has run, so the pinned side is a ring: a part of it is written again
/// only when its copy has been made. Not `Sendable`: owned by one stream.
final class StepBuffers {
    /// Where each column lies, in bytes from the start.
    struct Layout: Hashable {
        var counts = 0
        var samples = 0
        /// As the host gives them: `StepInputs.lastSample` for what only the GPU knows.
        var tokens = 0
        var slots = 0
        var positions = 0
        var ropeVariants = 0
        var spans = 0
        var logitRows = 0
        var groups: [Group] = []
        /// `tokens` with the last samples in their places: behind what the host writes, the GPU's own.
        var resolvedTokens = 0
        var byteCount = 0

        struct Group: Hashable {
            var tables = 0
            var offsets = 0
            var writeSlots = 0
        }
    }

    /// What `counts` holds, as 32-bit integers.
    enum Count: Int { case rows, spans, logitRows, samples }

    private let limits: StepLimits
    private let context: CUDAContext
    private let zeroed: (Int) throws(ZondaError) -> DeviceMemory
    private(set) var layout = Layout()
    private(set) var memory: DeviceMemory?
    /// Counters that kernels find 0 and leave 0: how many blocks of a row have arrived. Shared by all recordings.
    private(set) var counters: DeviceMemory?
    static let countersPerRow = 512
    /// Grows when page tables do; everything that holds an address is then out of date.
    private(set) var generation = 0
    private var tableCapacities: [Int] = []
    private var ring: [Staging] = []
    private var next = 0
    /// The rows to sample that the GPU will have when it comes to what is submitted next.
    private var storedSamples: [StepInputs.SampleRow]?

    /// Steps that may be submitted and not copied yet.
    private static let ringCount = 4

    /// Entries of page tables that there is room for from the start: growing drops every recording, so it should be rare.
    private static let pagesPerSlot = 16

    private final class Staging {
        let pinned: PinnedBuffer
        let isCopied: CUDAEvent

        init(byteCount: Int, in context: CUDAContext) throws(ZondaError) {
            pinned = try PinnedBuffer(byteCount: byteCount, in: context)
            isCopied = try CUDAEvent(in: context)
        }

        func write<Value: BitwiseCopyable>(_ values: some Collection<Value>, at offset: Int) {
            for (index, value) in values.enumerated() {
                pinned.bytes.storeBytes(
                    of: value, toByteOffset: offset + index * MemoryLayout<Value>.stride, as: Value.self)
            }
        }
    }

    /// - Parameter zeroed: makes memory that holds zeros.
    init(
        limits: StepLimits, in context: CUDAContext,
        zeroed: @escaping (Int) throws(ZondaError) -> DeviceMemory
    ) {
        self.limits = limits
        self.context = context
        self.zeroed = zeroed
        tableCapacities = limits.tableEntryCounts
        layout = makeLayout()
    }

    /// Bytes of each of its allocations on the GPU.
    var byteCounts: [Int] { [layout.byteCount, counterByteCount] }
    /// Bytes of the host's memory that its copies come from.
    var pinnedByteCount: Int { Self.ringCount * layout.resolvedTokens }
    private var counterByteCount: Int { limits.rows * Self.countersPerRow * 4 }

    func address(_ offset: Int) -> UInt64 { UInt64(memory?.address ?? 0) + UInt64(offset) }
    func address(of count: Count) -> UInt64 { address(layout.counts + 4 * count.rawValue) }

    /// Makes room for the page tables of `inputs`; a step must be recorded again when `generation` has changed.
    ///
    /// - Parameter synchronize: waits for the steps that still read what is about to be freed.
    func reserve(for inputs: StepInputs, synchronize: () throws(ZondaError) -> Void) throws(ZondaError) {
        let needed = inputs.groups.map { $0.tables.count }
        let fits = needed.count <= tableCapacities.count && zip(needed, tableCapacities).allSatisfy { $0 <= $1 }
        guard memory == nil || !fits else { return }
        try synchronize()
        if !fits {
            let count = max(needed.count, tableCapacities.count)
            tableCapacities = (0..<count).map { index in
                let old = index < tableCapacities.count ? tableCapacities[index] : 0
                let new = index < needed.count ? needed[index] : 0
                return max(old, 2 * new, limits.slots * Self.pagesPerSlot)
            }
            layout = makeLayout()
        }
        // No memory until all of it is there: a step after one that failed here makes it again.
        (memory, storedSamples, ring, next) = (nil, nil, [], 0)
        for _ in 0..<Self.ringCount { ring.append(try Staging(byteCount: layout.resolvedTokens, in: context)) }
        if counters == nil { counters = try zeroed(counterByteCount) }
        generation += 1
        memory = try DeviceMemory.allocate(byteCount: layout.byteCount, for: "the inputs of a step", in: context)
    }

    private func makeLayout() -> Layout {
        var layout = Layout()
        func take(_ count: Int, of size: Int = 4) -> Int {
            let start = layout.byteCount
            layout.byteCount = (start + count * size + 15) / 16 * 16
            return start
        }
        // First, so that one short copy brings these two alone.
        layout.counts = take(4)
        layout.samples = take(limits.slots, of: MemoryLayout<zonda_sample_row>.stride)
        layout.tokens = take(limits.rows)
        layout.slots = take(limits.rows)
        layout.positions = take(limits.rows)
        layout.ropeVariants = take(limits.rows)
        layout.spans = take(limits.rows, of: MemoryLayout<zonda_attention_span>.stride)
        layout.logitRows = take(limits.rows)
        for _ in tableCapacities {
            layout.groups.append(Layout.Group(offsets: take(limits.rows), writeSlots: take(limits.rows)))
        }
        // Last, as they are made for the longest sequences and seldom full: only what a step has is copied.
        for (group, capacity) in tableCapacities.enumerated() { layout.groups[group].tables = take(capacity) }
        layout.resolvedTokens = take(limits.rows)
        return layout
    }

    /// Submits the copy of inputs that `StepBounds` has checked, with the rows that will be sampled after them.
    ///
    /// - Parameter tokens: those of `inputs`; where one is a last sample that the host knows, that.
    func store(_ inputs: StepInputs, tokens: [TokenID], on stream: borrowing CUDAStream) throws(ZondaError) {
        let staging = try nextStaging()
        writeSamples(of: inputs, to: staging)
        func write<Value: BitwiseCopyable>(_ values: some Collection<Value>, at offset: Int) {
            staging.write(values, at: offset)
        }
        write(tokens, at: layout.tokens)
        write(inputs.slots, at: layout.slots)
        write(inputs.positions, at: layout.positions)
        write(inputs.ropeVariants, at: layout.ropeVariants)
        write(
            inputs.spans.lazy.map {
                zonda_attention_span(
                    first_row: $0.firstRow, row_count: $0.rowCount, first_position: $0.firstPosition)
            }, at: layout.spans)
        write(inputs.logitRows, at: layout.logitRows)
        for (group, place) in zip(inputs.groups, layout.groups) {
            write(group.tables, at: place.tables)
            write(group.offsets, at: place.offsets)
            write(group.writeSlots, at: place.writeSlots)
        }
        // One copy where there is one group: its tables follow the rest without a gap.
        var range = 0..<(layout.groups.first?.tables ?? layout.resolvedTokens)
        for (group, place) in zip(inputs.groups, layout.groups) {
            let end = place.tables + 4 * group.tables.count
            if place.tables == range.upperBound {
                range = range.lowerBound..<end
            } else {
                try copy(range, of: staging, on: stream)
                range = place.tables..<end
            }
        }
        try copy(range, of: staging, on: stream)
        try staging.isCopied.record(on: stream)
        storedSamples = inputs.samples
    }

    /// Submits the copy of the rows to sample, if the forward pass has not brought them already.
    func storeSamples(_ inputs: StepInputs, on stream: borrowing CUDAStream) throws(ZondaError) {
        guard storedSamples != inputs.samples else { return }
        let staging = try nextStaging()
        writeSamples(of: inputs, to: staging)
        try copy(0..<layout.tokens, of: staging, on: stream)
        try staging.isCopied.record(on: stream)
        storedSamples = inputs.samples
    }

    private func writeSamples(of inputs: StepInputs, to staging: Staging) {
        let counts = [inputs.rowCount, inputs.spans.count, inputs.logitRows.count, inputs.samples.count]
        staging.write(counts.lazy.map { Int32($0) }, at: layout.counts)
        // No more than a submission that samples will take: its bounds are checked there.
        let rows = inputs.samples.prefix(limits.slots).lazy.map {
            zonda_sample_row(slot: $0.slot, logit_row: $0.logitRow, token_index: $0.tokenIndex)
        }
        staging.write(rows, at: layout.samples)
    }

    private func nextStaging() throws(ZondaError) -> Staging {
        let staging = ring[next]
        next = (next + 1) % ring.count
        try staging.isCopied.finish()
        return staging
    }

    private func copy(
        _ range: Range<Int>, of staging: Staging, on stream: borrowing CUDAStream
    ) throws(ZondaError) {
        guard !range.isEmpty else { return }
        let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(staging.pinned.bytes)[range])
        try stream.copy(part, to: address(range.lowerBound))
    }
}
