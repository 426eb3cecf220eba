public import ZondaCore

extension Runner {
    /// What a model would take of the device's memory, from headers alone: nothing is loaded.
    ///
    /// Opens the device: on a GPU that takes some tenths of a second and, for as long, some of its memory.
    ///
    /// - Throws: as loading would: `outOfMemory` with the numbers when the model does not fit.
    public static func plan(
        which: Which, options: RunnerOptions = .default
    ) throws(ZondaError) -> MemoryPlan {
        try options.place(try ModelSource(which), which).plan.memory
    }
}
