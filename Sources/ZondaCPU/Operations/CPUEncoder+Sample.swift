import ZondaCore
import ZondaDevice

extension CPUEncoder {
    /// One item per sampled row, on all threads: a row of 150,000 logits takes up to half a millisecond.
    func sample(_ op: SampleOp) throws(ZondaError) {
        recording.retain(samplers)
        let job = SampleJob(
            samplers: Unmanaged.passUnretained(samplers).toOpaque(), rows: memory.sampledRows.base,
            logits: try view(op.logits))
        recording.add(job, items: 0, itemsAt: UnsafePointer(memory.sampleCount.base)) { arguments, item, thread in
            guard let job = arguments?.load(as: SampleJob.self) else { return }
            let samplers = Unmanaged<SlotSamplers>.fromOpaque(job.samplers).takeUnretainedValue()
            let logits = UnsafeBufferPointer(job.logits[Int(job.rows[Int(item)])])
            samplers.sample(Int(item), logits: logits.span, thread: Int(thread))
        }
    }
}

private struct SampleJob: BitwiseCopyable {
    var samplers: UnsafeMutableRawPointer
    var rows: UnsafeMutablePointer<Int32>
    var logits: RowView
}
