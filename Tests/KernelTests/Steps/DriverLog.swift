import CZondaCUDA
import EmulatedKernels
import Synchronization
import ZondaCUDA

/// The emulated driver with a note of every call that submits, waits or takes memory, and of all memory that is taken.
enum DriverLog {
    struct Call: Equatable {
        var name: String
        /// The event, the executable graph or the address that the call is about; 0 for others.
        var object: UInt
    }

    struct State {
        var calls: [Call] = []
        /// Bytes by address.
        var deviceMemory: [UInt: Int] = [:]
        var pinnedMemory: [UInt: Int] = [:]
        var graphCount = 0

        var deviceByteCount: Int { deviceMemory.values.reduce(0, +) }
        var pinnedByteCount: Int { pinnedMemory.values.reduce(0, +) }
    }

    private static let state = Mutex(State())

    static var now: State { state.withLock { $0 } }

    /// Forgets the calls so far.
    static func clear() { state.withLock { $0.calls = [] } }

    private static func note(_ name: String, _ object: UInt = 0) {
        state.withLock { $0.calls.append(Call(name: name, object: object)) }
    }

    private static func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    private static var driver: zonda_cuda_driver { zonda_emulated_driver().pointee }

    /// A device over the emulator that notes its calls here; one at a time, as the log is one.
    static func device(_ player: Player, isDeterministic: Bool = false) throws -> CUDADevice {
        let (_, nvrtc, gpu) = try player.open()
        state.withLock { $0 = State() }
        return try CUDADevice(
            gpu, try CUDADriver(functions: table), nvrtc, cache: KernelCache(folder: nil),
            isDeterministic: isDeterministic)
    }

    private static var table: zonda_cuda_driver {
        var table = driver
        noteMemory(&table)
        noteWork(&table)
        noteWaits(&table)
        return table
    }

    private static func noteMemory(_ table: inout zonda_cuda_driver) {
        table.cuMemAlloc = { address, size in
            let result = DriverLog.driver.cuMemAlloc(address, size)
            let taken = UInt(address.pointee)
            DriverLog.note("cuMemAlloc", taken)
            if result == ZONDA_CU_SUCCESS { DriverLog.change { $0.deviceMemory[taken] = size } }
            return result
        }
        table.cuMemFree = { address in
            DriverLog.note("cuMemFree", UInt(address))
            DriverLog.change { $0.deviceMemory[UInt(address)] = nil }
            return DriverLog.driver.cuMemFree(address)
        }
        table.cuMemHostAlloc = { pointer, size, flags in
            let result = DriverLog.driver.cuMemHostAlloc(pointer, size, flags)
            let taken = UInt(bitPattern: pointer.pointee)
            DriverLog.note("cuMemHostAlloc", taken)
            if result == ZONDA_CU_SUCCESS { DriverLog.change { $0.pinnedMemory[taken] = size } }
            return result
        }
        table.cuMemFreeHost = { pointer in
            DriverLog.note("cuMemFreeHost", UInt(bitPattern: pointer))
            DriverLog.change { $0.pinnedMemory[UInt(bitPattern: pointer)] = nil }
            return DriverLog.driver.cuMemFreeHost(pointer)
        }
        table.cuGraphInstantiateWithFlags = { executable, graph, flags in
            DriverLog.note("cuGraphInstantiateWithFlags")
            let result = DriverLog.driver.cuGraphInstantiateWithFlags(executable, graph, flags)
            if result == ZONDA_CU_SUCCESS { DriverLog.change { $0.graphCount += 1 } }
            return result
        }
        table.cuGraphExecDestroy = { executable in
            DriverLog.change { $0.graphCount -= 1 }
            return DriverLog.driver.cuGraphExecDestroy(executable)
        }
    }

    private static func noteWork(_ table: inout zonda_cuda_driver) {
        table.cuLaunchKernelEx = { config, function, arguments, extra in
            DriverLog.note("cuLaunchKernelEx")
            return DriverLog.driver.cuLaunchKernelEx(config, function, arguments, extra)
        }
        table.cuGraphLaunch = { executable, stream in
            DriverLog.note("cuGraphLaunch", UInt(bitPattern: executable))
            return DriverLog.driver.cuGraphLaunch(executable, stream)
        }
        table.cuMemcpyHtoDAsync = { to, from, size, stream in
            DriverLog.note("cuMemcpyHtoDAsync", UInt(to))
            return DriverLog.driver.cuMemcpyHtoDAsync(to, from, size, stream)
        }
        table.cuMemcpyDtoHAsync = { to, from, size, stream in
            DriverLog.note("cuMemcpyDtoHAsync", UInt(bitPattern: to))
            return DriverLog.driver.cuMemcpyDtoHAsync(to, from, size, stream)
        }
        table.cuEventRecord = { event, stream in
            DriverLog.note("cuEventRecord", UInt(bitPattern: event))
            return DriverLog.driver.cuEventRecord(event, stream)
        }
        table.cuStreamWaitEvent = { stream, event, flags in
            DriverLog.note("cuStreamWaitEvent", UInt(bitPattern: event))
            return DriverLog.driver.cuStreamWaitEvent(stream, event, flags)
        }
    }

    private static func noteWaits(_ table: inout zonda_cuda_driver) {
        table.cuEventQuery = { event in
            DriverLog.note("cuEventQuery", UInt(bitPattern: event))
            return DriverLog.driver.cuEventQuery(event)
        }
        table.cuEventSynchronize = { event in
            DriverLog.note("cuEventSynchronize", UInt(bitPattern: event))
            return DriverLog.driver.cuEventSynchronize(event)
        }
        table.cuStreamSynchronize = { stream in
            DriverLog.note("cuStreamSynchronize")
            return DriverLog.driver.cuStreamSynchronize(stream)
        }
    }
}
