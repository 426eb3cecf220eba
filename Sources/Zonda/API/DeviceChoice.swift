public import ZondaCore

/// Which device runs a model.
///
/// ```swift
/// var options = RunnerOptions()
/// options.device = try DeviceChoice(parsing: "cuda:0")
/// ```
public enum DeviceChoice: Sendable, Hashable {
    /// The best device that is there and that Zonda can use.
    case auto
    case cpu
    /// A GPU by the driver's number, from 0, among those that `CUDA_VISIBLE_DEVICES` leaves.
    case cuda(Int)

    /// Reads `auto`, `cpu`, `cuda:N`, or `cuda` for `cuda:0`.
    ///
    /// - Throws: `badRequest` for anything else.
    public init(parsing text: String) throws(ZondaError) {
        switch text.lowercased() {
        case "auto": self = .auto
        case "cpu": self = .cpu
        case "cuda": self = .cuda(0)
        case let name where name.hasPrefix("cuda:"):
            let number = name.dropFirst("cuda:".count)
            // Int takes "+1" as well.
            guard number.allSatisfy(\.isASCIIDigit), let ordinal = Int(number), ordinal <= Self.largestOrdinal else {
                throw ZondaError(
                    .badRequest, "\"\(text)\" is no device: \"\(number)\" is not the number of a GPU",
                    remedy: "write cuda:0 for the first GPU; `zonda doctor` lists them", facts: ["device": text])
            }
            self = .cuda(ordinal)
        default:
            throw ZondaError(
                .badRequest, "\"\(text)\" is no device", remedy: "choose auto, cpu or cuda:N, such as cuda:0",
                facts: ["device": text])
        }
    }

    /// More GPUs than any machine has; keeps typing errors from reaching the driver.
    private static let largestOrdinal = 1023
}

extension DeviceChoice: CustomStringConvertible {
    public var description: String {
        switch self {
        case .auto: "auto"
        case .cpu: "cpu"
        case .cuda(let ordinal): "cuda:\(ordinal)"
        }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
