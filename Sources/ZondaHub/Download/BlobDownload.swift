import Glibc
import NIOCore
import NIOHTTP1
import ZondaCore

/// Brings one file's bytes into the cache: what is there is gone on from, what comes is checked.
struct BlobDownload: Sendable {
    let fetch: RangeFetch
    let folder: CacheFolder
    let meter: ProgressMeter

    private var file: HubFile { fetch.file }
    private var options: HubOptions { fetch.transport.options }

    /// Returns when the blob is there.
    ///
    /// - Returns: the bytes of the blob that were fetched; 0 when it was there, or another process brought it.
    /// - Throws: `badFile` with both checksums when they differ twice; what `RangeFetch` and the system say.
    func run() async throws(ZondaError) -> Int {
        let lock = try await FileLock.acquire(folder.lock(file.digest)) { meter.report(file, done: 0, .waiting) }
        defer { withExtendedLifetime(lock) {} }
        if folder.hasBlob(file) {
            meter.report(file, done: file.byteCount, .complete)
            return 0
        }
        // With another number of bytes it is no use to anyone, and takes space.
        unlink(folder.blob(file.digest))
        var blob = try PartialBlob(file, at: folder.incomplete(file.digest))
        meter.report(file, done: blob.byteCount)
        try await fill(&blob)
        if blob.digest != file.digest.text {
            // What was there from before may be wrong: once more, all of it.
            try restart(&blob, .damaged)
            try await fill(&blob)
        }
        guard blob.digest == file.digest.text else {
            let digest = blob.digest
            unlink(folder.incomplete(file.digest))
            throw ZondaError(
                .badFile,
                "\(file.path): its checksum is \(digest), and the hub says \(file.digest.text); fetched twice",
                remedy: "try again later; a proxy may change what it passes on",
                facts: ["file": file.path, "found": digest, "expected": file.digest.text])
        }
        try blob.publish(as: folder.blob(file.digest))
        meter.report(file, done: file.byteCount, .complete)
        return file.byteCount - blob.keptByteCount
    }

    private func restart(_ blob: inout PartialBlob, _ reason: HubProgress.Phase) throws(ZondaError) {
        try blob.restart()
        meter.report(file, done: 0, reason)
    }

    /// Fetches what is missing.
    private func fill(_ blob: inout PartialBlob) async throws(ZondaError) {
        var retry = Retry(options)
        // A server without ranges begins anew each time: only what is beyond all before is progress.
        var best = blob.byteCount
        while !blob.isFull {
            do throws(HubFailure) {
                try await go(on: &blob)
            } catch {
                let isProgress = blob.byteCount > best
                best = max(best, blob.byteCount)
                try await retry.wait(after: error, madeProgress: isProgress)
            }
        }
    }

    private func go(on blob: inout PartialBlob) async throws(HubFailure) {
        let end = min(blob.byteCount + options.rangeByteCount, file.byteCount)
        let isWhole = blob.byteCount == 0 && end == file.byteCount
        let first = isWhole ? nil : blob.byteCount...(end - 1)
        let response = try await fetch.open(first)
        if response.status == .partialContent {
            do { try await pieces(response, into: &blob) } catch { throw .final(error) }
        } else {
            try await stream(response, into: &blob)
        }
    }

    /// The whole file in one answer.
    private func stream(_ response: HubResponse, into blob: inout PartialBlob) async throws(HubFailure) {
        if blob.byteCount > 0 {
            do { try restart(&blob, .restarted) } catch { throw .final(error) }
        }
        try await fetch.read(response, atMost: file.byteCount) { (bytes) throws(ZondaError) in
            try blob.append(bytes)
            meter.report(file, done: blob.byteCount)
        }
        guard blob.isFull else {
            throw .transient(
                "\(response.url.host) ended \(file.path) after \(blob.byteCount) of \(file.byteCount) bytes")
        }
    }

    /// What is missing in pieces, several on their way at a time, written in order.
    ///
    /// - Parameter first: the answer that has the first piece.
    private func pieces(_ first: HubResponse, into blob: inout PartialBlob) async throws(ZondaError) {
        let starts = Array(stride(from: blob.byteCount, to: file.byteCount, by: options.rangeByteCount))
        let (fetch, meter, file, most) = (fetch, meter, file, options.parallelRangeCount)
        let size = options.rangeByteCount
        do {
            try await withThrowingTaskGroup(of: (Int, ByteBuffer, HubURL).self) { group in
                var source = first.url
                var (startedCount, writtenCount) = (0, 0)
                var early: [Int: ByteBuffer] = [:]
                while writtenCount < starts.count {
                    while startedCount < min(starts.count, writtenCount + most) {
                        let (index, from) = (startedCount, source)
                        let range = starts[index]...(min(starts[index] + size, file.byteCount) - 1)
                        group.addTask {
                            let (bytes, url) = try await fetch.bytes(range, from: from, index == 0 ? first : nil) {
                                meter.advance(file, by: $0)
                            }
                            return (index, bytes, url)
                        }
                        startedCount += 1
                    }
                    guard let (index, bytes, url) = try await group.next() else { return }
                    early[index] = bytes
                    source = url
                    while let next = early.removeValue(forKey: writtenCount) {
                        try blob.append(next)
                        writtenCount += 1
                    }
                }
            }
        } catch let error as ZondaError {
            throw error
        } catch {
            throw .downloadCancelled
        }
    }
}
