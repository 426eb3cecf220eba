import ZondaCore
import ZondaDevice

extension CUDAEncoder {
    func experts(_ op: ExpertsOp) throws(ZondaError) {
        throw ZondaError(
            .unsupported, "mixtures of experts do not run on a GPU yet", remedy: "run on the CPU (`--device cpu`)")
    }
}
