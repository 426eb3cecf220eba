import Glibc
import ZondaCore

enum DiskSpace {
    /// Bytes that this user may still write where `path` is or would be made; nil where the system does not say.
    static func freeByteCount(at path: String) -> Int? {
        var place = path
        while true {
            var status = statvfs()
            if statvfs(place, &status) == 0 {
                let (count, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
                return overflow ? .max : Int(clamping: count)
            }
            guard let slash = place.lastIndex(of: "/"), place.count > 1 else { return nil }
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
    }

    /// - Throws: `inputOutput` when fewer than `needed` bytes are free.
    static func check(
        _ needed: Int, at path: String, _ freeByteCount: (String) -> Int?
    ) throws(ZondaError) {
        guard let free = freeByteCount(path), free < needed else { return }
        throw ZondaError(
            .inputOutput,
            "\(path): \(ByteCount.text(needed)) are needed and \(ByteCount.text(free)) are free on that disk",
            remedy:
                "free \(ByteCount.text(needed - free)) (`zonda list` shows what models take, `zonda rm` removes one), "
                + "or name another disk in HF_HUB_CACHE",
            facts: ["needed": "\(needed)", "available": "\(free)", "path": path])
    }
}
