import Testing

/// Kernels in the emulator, and on a GPU where there is one. One test at a time: how the emulator plays is a setting of
/// the process.
@Suite(.serialized) struct Kernels {}
