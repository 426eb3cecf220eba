import CZondaCUDA
import ZondaCore

/// Questions about one GPU.
struct DeviceQuery {
    let device: zonda_cu_device
    let driver: CUDADriver

    func attribute(_ attribute: zonda_cu_device_attribute) throws(ZondaError) -> Int {
        var value: Int32 = 0
        try driver.check(
            driver.functions.cuDeviceGetAttribute(&value, attribute, device), "cuDeviceGetAttribute",
            "attribute \(attribute.rawValue)")
        return Int(value)
    }

    func memoryByteCount() throws(ZondaError) -> Int {
        var byteCount = 0
        try driver.check(driver.functions.cuDeviceTotalMem(&byteCount, device), "cuDeviceTotalMem")
        return byteCount
    }

    func uuid() throws(ZondaError) -> String {
        var uuid = zonda_cu_uuid()
        try driver.check(driver.functions.cuDeviceGetUuid(&uuid, device), "cuDeviceGetUuid")
        return withUnsafeBytes(of: &uuid) { $0.hexadecimal }
    }

    func text(
        capacity: Int, _ call: StaticString,
        _ read: (UnsafeMutablePointer<CChar>, Int32, zonda_cu_device) -> zonda_cu_result
    ) throws(ZondaError) -> String {
        var buffer = [CChar](repeating: 0, count: capacity)
        // One byte less, so that there is a 0 at the end whatever was written.
        try driver.check(read(&buffer, Int32(capacity - 1), device), call)
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
