import ZondaCore
import ZondaDevice

/// The host's view of one slot: how its sequence is sampled, and what the device has yet to be told of it.
///
/// Not `Sendable`: owned by one stream.
final class SlotSampler {
    let parameters: SamplingParameters
    /// The tokens that the sampler begins with, until the device has it.
    var beginning: (prompt: [TokenID], generated: [TokenID])?
    /// The host samples its rows: see `DeviceSampler.isOnHost`.
    var isOnHost = false
    /// Rows that were submitted and that the host has yet to sample.
    var unsampledCount = 0
    /// The mask of the next sample, until the device has it.
    var mask: [UInt32]?
    /// Whether the next sample has a mask.
    var isMasked = false
    /// Why there can be no next sample.
    var maskFailure: ZondaError?
    /// Why there can be none at all.
    var failure: ZondaError?
    /// The newest sample, or what stands for it before the first; nil when only the device knows it.
    var lastToken: TokenID?
    /// Memory that the device's sampler points to.
    var tables: [DeviceMemory] = []

    /// - Throws: `badRequest` for illegal parameters.
    init(_ parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID]) throws(ZondaError) {
        self.parameters = try parameters.validated()
        beginning = (prompt, generated)
        lastToken = generated.last ?? prompt.last ?? 0
    }
}
