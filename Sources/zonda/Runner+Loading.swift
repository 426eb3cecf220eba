import Zonda

extension Runner {
    /// Loads a model, downloading it where it must be, with progress bars when a person is looking.
    static func loading(_ which: Which, _ options: RunnerOptions, title: String) async throws -> Runner {
        var options = options
        let bar = ProgressBar(title)
        let downloads = DownloadBars()
        options.onDownload = { downloads.update($0) }
        options.onProgress = { done, total in
            downloads.finish()
            bar.update(done, of: total)
        }
        defer {
            downloads.finish()
            bar.finish()
        }
        return try await Runner(which: which, options: options)
    }
}
