import CZondaCUDA
import CZondaKernels
import ZondaCUDA
import ZondaCore
import ZondaDevice

/// The memory that the sampling kernels need, and a launcher as plain as can be.
final class SamplingBench {
    private let bench: Bench
    private let vocabulary: Int
    private let slots: Int
    private let alternativeStride = 1024
    private var arguments = zonda_sample_arguments()
    private let rows: DeviceBuffer
    private let rowCount: DeviceBuffer
    private let samplers: DeviceBuffer
    private let masks: DeviceBuffer
    private let hasMask: DeviceBuffer
    private let lastSamples: DeviceBuffer
    private let resultBuffer: DeviceBuffer
    private let reports: DeviceBuffer
    private let alternatives: DeviceBuffer
    private let maxima: DeviceBuffer
    private let best: DeviceBuffer
    private let masses: DeviceBuffer
    private let counts: DeviceBuffer
    private let logits: DeviceBuffer
    private let biases: DeviceBuffer
    private let seen: DeviceBuffer
    private let windows: DeviceBuffer
    private let windowCapacity = 128

    private var chunks: Int { (vocabulary + Int(zonda_sampling_chunk) - 1) / Int(zonda_sampling_chunk) }
    private var tableStride: Int { (vocabulary + 3) / 4 * 4 }
    private var maskStride: Int { (vocabulary + 31) / 32 }

    init(_ bench: Bench, vocabulary: Int, slots: Int) throws {
        self.bench = bench
        self.vocabulary = vocabulary
        self.slots = slots
        func zeros(_ count: Int) throws -> DeviceBuffer { try bench.buffer(Array(repeating: 0, count: max(count, 1))) }
        let chunk = Int(zonda_sampling_chunk)
        let table = (vocabulary + 3) / 4 * 4
        rows = try zeros(slots * 3)
        rowCount = try zeros(1)
        samplers = try zeros(slots * MemoryLayout<zonda_slot_sampler>.stride / 4)
        masks = try zeros(slots * ((vocabulary + 31) / 32))
        hasMask = try zeros(slots)
        lastSamples = try zeros(slots)
        resultBuffer = try zeros(slots * 4)
        reports = try zeros(slots * 4)
        alternatives = try zeros(slots * 2 * alternativeStride)
        maxima = try zeros(2 * slots * ((vocabulary + chunk - 1) / chunk * chunk / Int(zonda_sampling_block)))
        best = try zeros(2 * slots * 2)
        masses = try zeros(2 * slots * 512)
        counts = try zeros(2 * slots * 256)
        logits = try zeros(slots * vocabulary)
        biases = try zeros(slots * table)
        seen = try zeros(slots * table)
        windows = try zeros(slots * windowCapacity)
        arguments.logits = logits.address
        arguments.rows = rows.address
        arguments.row_count = rowCount.address
        arguments.samplers = samplers.address
        arguments.masks = masks.address
        arguments.has_mask = hasMask.address
        arguments.last_samples = lastSamples.address
        arguments.results = resultBuffer.address
        arguments.reports = reports.address
        arguments.alternatives = alternatives.address
        arguments.block_maxima = maxima.address
        arguments.best = best.address
        arguments.bin_masses = masses.address
        arguments.bin_counts = counts.address
        arguments.logits_stride = Int64(vocabulary)
        arguments.is_aligned = vocabulary % 4 == 0 ? 1 : 0
        arguments.vocabulary = Int32(vocabulary)
        arguments.mask_stride = Int32((vocabulary + 31) / 32)
        arguments.alternative_stride = Int32(alternativeStride)
        arguments.row_capacity = Int32(slots)
    }

    @inline(never) private func upload<Value: BitwiseCopyable>(_ values: [Value], to address: UInt64) throws {
        try values.withUnsafeBytes { bytes in try bench.stream.copy(bytes, to: address) }
        try bench.stream.synchronize()
    }

    func set(slot: Int, _ parameters: SamplingParameters, prompt: [TokenID]) throws {
        var sampler = DeviceSampler(
            parameters, prompt: prompt, generated: [], vocabulary: vocabulary, sequenceLimit: windowCapacity)
        let table = UInt64(slot * tableStride * 4)
        if let bias = sampler.bias {
            sampler.arguments.bias = biases.address + table
            try upload(bias, to: sampler.arguments.bias)
        }
        if let counts = sampler.counts {
            sampler.arguments.counts = seen.address + table
            try upload(counts, to: sampler.arguments.counts)
        }
        if let tokens = sampler.windowTokens {
            sampler.arguments.window_tokens = windows.address + UInt64(slot * windowCapacity * 4)
            try upload(tokens, to: sampler.arguments.window_tokens)
        }
        try upload(
            [sampler.arguments], to: samplers.address + UInt64(slot * MemoryLayout<zonda_slot_sampler>.stride))
    }

    func setMask(slot: Int, _ mask: [UInt32]) throws {
        try upload(mask, to: masks.address + UInt64(slot * maskStride * 4))
        try upload([Int32(1)], to: hasMask.address + UInt64(slot * 4))
    }

    /// Launches a bucket of one row more than there is.
    func run(_ step: [StepInputs.SampleRow], _ values: [Float]) throws {
        let sampled = step.map {
            zonda_sample_row(slot: $0.slot, logit_row: $0.logitRow, token_index: $0.tokenIndex)
        }
        try upload(sampled, to: rows.address)
        try upload([Int32(step.count)], to: rowCount.address)
        try upload(values, to: logits.address)
        let shared = Int(zonda_sampling_shared_bytes)
        for (kernel, blocks, bytes) in [
            ("sample_scan", chunks, 128), ("sample_weigh", chunks, 3072), ("sample_draw", 1, shared),
        ] {
            try bench.launch(
                kernel, in: "sampling.cu", grid: .init(blocks, step.count + 1, 2), threads: 256, shared: bytes,
                arguments)
        }
    }

    func results(_ count: Int) throws -> [zonda_sample_result] {
        try bench.structs(zonda_sample_result.self, in: resultBuffer, count: count)
    }

    func sample(
        _ step: [StepInputs.SampleRow], _ values: [Float], _ parameters: [SamplingParameters], _ masked: Set<Int>
    ) throws -> [Result<Sample, ZondaError>] {
        try run(step, values)
        let results = try results(step.count)
        let reports = try bench.structs(zonda_sample_report.self, in: reports, count: step.count)
        let others = try bench.structs(
            zonda_alternative.self, in: alternatives, count: step.count * alternativeStride)
        return step.enumerated().map { index, row in
            let sample = DeviceSample(
                result: results[index], report: reports[index],
                alternatives: others[index * alternativeStride..<(index + 1) * alternativeStride])
            let slot = Int(row.slot)
            do throws(ZondaError) {
                let sample = try sample.sample(
                    hasReport: parameters[slot].logprobCount != nil, vocabulary: vocabulary,
                    isMasked: masked.contains(slot))
                guard let sample else { throw ZondaError(.internalFault, "left to the host") }
                return .success(sample)
            } catch {
                return .failure(error)
            }
        }
    }
}
