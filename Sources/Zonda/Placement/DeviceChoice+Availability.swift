import ZondaCUDA
import ZondaCore

extension DeviceChoice {
    /// Makes sure that the CPU is what was asked for: models do not run on a GPU yet.
    ///
    /// - Throws: for `cuda:N`, what is missing on this machine; if nothing is, `unsupported`, saying that.
    func requireCPU(in environment: @autoclosure () -> SearchEnvironment = .process) throws(ZondaError) {
        guard case .cuda(let ordinal) = self else { return }
        let (_, _, gpu) = try CUDASystem.discover(in: environment()).select(ordinal)
        throw ZondaError(
            .unsupported, "\(self) (\(gpu.name)) is ready, but this version of Zonda does not run models on a GPU yet",
            remedy: "use --device cpu", facts: ["device": "\(self)"])
    }
}
