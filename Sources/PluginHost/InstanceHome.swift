internal import SpillwayABI

/// What an instance was told at its making, at addresses that stay until it is destroyed.
final class InstanceHome {
    let create: UnsafeMutablePointer<spw_create>
    private let arena = ByteArena()
    private let state: StateTable?

    init(_ plugin: Plugin, interfaceID: String, _ setup: InstanceSetup) {
        state = setup.state.map { StateTable($0, log: plugin.log) }
        create = .allocate(capacity: 1)
        var told = spw_create()
        told.size = UInt32(MemoryLayout<spw_create>.size)
        told.host = UnsafePointer(plugin.host)
        told.interface_id = arena.copy(interfaceID)
        told.name = arena.copy(setup.name)
        told.pipeline = arena.copy(setup.pipeline)
        told.options = arena.copy(setup.options)
        told.contract = arena.copy(setup.contract)
        told.contract_name = arena.copy(setup.contractName)
        told.base_folder = arena.copy(setup.baseFolder)
        told.extension = extensionOfInstance
        told.context = state.map { UnsafeMutableRawPointer($0.table) }
        create.initialize(to: told)
    }

    deinit {
        create.deinitialize(count: 1)
        create.deallocate()
    }
}

/// The context is the state's table, or NULL.
private let extensionOfInstance:
    @convention(c) (UnsafePointer<spw_create>?, spw_str) -> UnsafeRawPointer? = { create, id in
        guard String(view: id) == SPW_EXT_STATE, let table = create?.pointee.context else {
            return nil
        }
        return UnsafeRawPointer(table)
    }

/// A ``PluginState`` as a plugin sees it.
final class StateTable {
    let table: UnsafeMutablePointer<spw_state_ext>
    private let state: any PluginState
    private let log: PluginLog
    /// The value that get answered last.
    private var value = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

    init(_ state: any PluginState, log: PluginLog) {
        self.state = state
        self.log = log
        table = .allocate(capacity: 1)
        var filled = spw_state_ext()
        filled.size = UInt32(MemoryLayout<spw_state_ext>.size)
        filled.context = nil
        filled.get = { state, key, value in
            guard let value, let table = StateTable.of(state) else { return SPW_INVALID }
            return table.get(String(view: key), value)
        }
        filled.put = { state, key, value in
            guard let table = StateTable.of(state) else { return SPW_INVALID }
            return table.put(String(view: key), [UInt8](view: value))
        }
        table.initialize(to: filled)
        // Unretained: the table goes with this object.
        table.pointee.context = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        value.deallocate()
        table.deinitialize(count: 1)
        table.deallocate()
    }

    private static func of(_ state: UnsafePointer<spw_state_ext>?) -> StateTable? {
        guard let context = state?.pointee.context else { return nil }
        return Unmanaged<StateTable>.fromOpaque(context).takeUnretainedValue()
    }

    private func get(_ key: String, _ answer: UnsafeMutablePointer<spw_bytes>) -> spw_status {
        do {
            guard let found = try state.get(key) else { return SPW_END }
            value.deallocate()
            value = .allocate(capacity: found.count)
            _ = value.initialize(from: found)
            answer.pointee = spw_bytes(data: UnsafePointer(value.baseAddress), size: value.count)
            return SPW_OK
        } catch {
            log.write(.error, "the state of \"\(key)\" can't be read: \(error)")
            return SPW_FAILED
        }
    }

    private func put(_ key: String, _ value: [UInt8]) -> spw_status {
        do {
            try state.put(key, value)
            return SPW_OK
        } catch {
            log.write(.error, "the state of \"\(key)\" can't be kept: \(error)")
            return SPW_FAILED
        }
    }
}
