import Glibc
import ZondaCore
import ZondaFormats

/// One model's way from the hub into the cache.
struct Pull: Sendable {
    let repository: HubRepository
    let folder: CacheFolder
    let options: HubOptions
    let onProgress: (@Sendable (HubProgress) -> Void)?

    private var id: HubID { repository.id }

    /// Files appear in the snapshot together, when all are there: what is in it is whole.
    func run(_ reference: ModelReference, _ purpose: FileSelection.Purpose) async throws(ZondaError) -> PulledModel {
        let commit = try await repository.commit()
        let listed = try await repository.files(at: commit)
        let selection = try FileSelection(listed, of: reference, purpose)
        if purpose == .text, !selection.side.contains(where: { $0.path.hasPrefix("tokenizer.") }) {
            throw ZondaError(
                .notFound, "\(id) has neither tokenizer.json nor tokenizer.model",
                remedy: "name a model that has its tokenizer")
        }
        try folder.make()
        var (files, fetchedByteCount) = (selection.side + selection.weights, 0)
        if let index = selection.index {
            try checkSpace(for: [index])
            fetchedByteCount += try await download([index], at: commit, report: false)
            files += [index] + (try shards(index, listed))
        }
        try checkSpace(for: files)
        fetchedByteCount += try await download(files, at: commit, report: true)
        for file in files { try folder.link(file, commit) }
        for path in selection.absent { try folder.markAbsent(path, commit) }
        try folder.setReference(repository.revision, commit)
        return PulledModel(
            reference: reference, revision: repository.revision, commit: commit.description,
            folder: folder.snapshot(commit), files: files.map { .init(path: $0.path, byteCount: $0.byteCount) },
            fetchedByteCount: fetchedByteCount)
    }

    private func shards(_ file: HubFile, _ listed: [HubFile]) throws(ZondaError) -> [HubFile] {
        let path = folder.blob(file.digest)
        guard let bytes = FileSystem.bytes(of: path, cap: SafetensorsIndex.maxByteCount) else {
            throw ZondaError(
                .badFile,
                "\(id): \(file.path) has \(file.byteCount) bytes, above the cap of "
                    + "\(SafetensorsIndex.maxByteCount), or can't be read",
                remedy: "check \(path)")
        }
        let index = try SafetensorsIndex(parsing: bytes.span, name: "\(file.path) of \(id)")
        return try FileSelection.shards(index, listed, of: id)
    }

    private func checkSpace(for files: [HubFile]) throws(ZondaError) {
        var blobs: [BlobDigest: Int] = [:]
        for file in files where !folder.hasBlob(file) {
            blobs[file.digest] = max(0, file.byteCount - folder.partByteCount(file))
        }
        try DiskSpace.check(blobs.values.reduce(0, +), at: folder.path, options.freeByteCount)
    }

    /// - Returns: the bytes that came over the network.
    private func download(_ files: [HubFile], at commit: Commit, report: Bool) async throws(ZondaError) -> Int {
        let meter = ProgressMeter(model: id.description, files: files, callback: report ? onProgress : nil)
        var waiting: [BlobDownload] = []
        // What is small first: it is soon done, and the rest of the bar is honest.
        for file in files.sorted(by: { ($0.byteCount, $0.path) < ($1.byteCount, $1.path) }) {
            let subject = HubSubject(id: id, revision: repository.revision, file: file.path)
            let fetch = RangeFetch(
                transport: repository.transport, problem: HubProblem(transport: repository.transport, subject: subject),
                file: file, url: try repository.address(of: file, at: commit))
            waiting.append(BlobDownload(fetch: fetch, folder: folder, meter: meter))
        }
        do {
            return try await withThrowingTaskGroup(of: Int.self) { group in
                var fetchedByteCount = 0
                for (index, download) in waiting.enumerated() {
                    if index >= options.parallelFileCount { fetchedByteCount += try await group.next() ?? 0 }
                    group.addTask { try await download.run() }
                }
                for try await byteCount in group { fetchedByteCount += byteCount }
                return fetchedByteCount
            }
        } catch let error as ZondaError {
            throw error
        } catch {
            throw .downloadCancelled
        }
    }
}
