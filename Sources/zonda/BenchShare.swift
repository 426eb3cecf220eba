import OrderedCollections
import Zonda
import ZondaDevice

/// A unit that rates are printed in: billions a second, or trillions.
struct RateScale {
    let factor: Double
    let prefix: String

    init(upTo largest: Double) { (factor, prefix) = largest >= 1e12 ? (1e12, "T") : (1e9, "G") }

    func text(_ rate: Double) -> String { Terminal.decimal(rate / factor, rate < factor * 10 ? 2 : 1) }
}

extension PhaseShare {
    /// "33.1 GB/s, 88 % of 37.6", "398.0 Gop/s, 85 % of int16 469.2".
    var text: String {
        let (rate, limit, unit, name) =
            isBoundByMemory
            ? (bytesPerSecond, readBandwidth, "B/s", "")
            : (operationsPerSecond, peak.operationsPerSecond, "op/s", peak.name + " ")
        let scale = RateScale(upTo: limit)
        return "\(scale.text(rate)) \(scale.prefix)\(unit), \(Terminal.decimal(share * 100, 0)) % of \(name)"
            + scale.text(limit)
    }

    var json: JSONValue {
        .object([
            "limit": .string(isBoundByMemory ? "bandwidth" : peak.name), "share": .number(share),
            "bytesPerSecond": .number(bytesPerSecond), "operationsPerSecond": .number(operationsPerSecond),
            "bandwidthShare": .number(bandwidthShare), "arithmeticShare": .number(arithmeticShare),
        ])
    }
}

extension DeviceLimits {
    var json: JSONValue {
        .object([
            "readBytesPerSecond": .number(readBandwidth), "quantizedPeak": quantizedPeak.json,
            "floatPeak": floatPeak.json,
        ])
    }
}

extension DeviceLimits.Peak {
    fileprivate var json: JSONValue {
        .object(["name": .string(name), "operationsPerSecond": .number(operationsPerSecond)])
    }
}
