public import ZondaCore

/// What every device says of a weight that it can't lay out.
extension WeightSpec {
    /// `unsupported`: its type is none that products take.
    public var wrongType: ZondaError {
        ZondaError(
            .unsupported, "\(name): weights of type \(dtype.rawValue) can't be multiplied",
            remedy: "convert the model to a floating-point or quantized type")
    }

    /// `badTensor`: no rows or columns, parts of blocks, or more bytes than can be counted.
    public var wrongSize: ZondaError {
        ZondaError(
            .badTensor,
            "\(name): [\(rows), \(columns)] is not a positive number of rows of whole blocks "
                + "of \(dtype.blockSize) values of \(dtype.rawValue)",
            remedy: "the file is damaged, or its configuration belongs to another model")
    }
}
