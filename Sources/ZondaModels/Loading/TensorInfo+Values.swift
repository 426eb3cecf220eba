import ZondaCore
import ZondaFormats

extension TensorInfo {
    /// All values as float32.
    func floats() throws(ZondaError) -> [Float] {
        try Dequantize.values(try dtype, try bytes(), count: elementCount)
    }
}
