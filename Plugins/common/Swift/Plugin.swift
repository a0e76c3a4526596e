import SpillwayABI

/// Why a call does not succeed, on its way to the host.
struct Failure: Error {
    let status: spw_status
    let signal: Int32
    let message: String

    init(status: spw_status = SPW_FAILED, signal: Int32, _ message: String) {
        self.status = status
        self.signal = signal
        self.message = message
    }

    /// The caller broke a rule, or an option is wrong: for a person to mend.
    static func invalid(_ message: String) -> Failure {
        Failure(status: SPW_INVALID, signal: SPW_SIGNAL_DENIED, message)
    }
}

typealias Call = UnsafeMutablePointer<spw_call>

/// Runs the body of a call; a failure is told to the host, and its status returned.
func answer(_ call: Call?, _ body: () throws(Failure) -> spw_status) -> spw_status {
    do throws(Failure) {
        return try body()
    } catch {
        error.message.withView { call?.pointee.fail(call, error.signal, 0, $0) }
        return error.status
    }
}

/// Copies a value into room that is never given back: what a plugin's tables live in.
func forEver<Value>(_ value: Value) -> UnsafeMutablePointer<Value> {
    let room = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    room.initialize(to: value)
    return room
}

/// Fills the host's room with what it knows of the plugin's fields.
func introduce(
    _ mine: spw_plugin, to host: UnsafePointer<spw_host>?,
    in room: UnsafeMutablePointer<spw_plugin>?
) -> spw_status {
    guard let host, let room, host.pointee.abi_major == UInt16(SPW_ABI_MAJOR) else {
        return SPW_INVALID
    }
    let known = min(Int(room.pointee.size), MemoryLayout<spw_plugin>.size)
    guard known >= MemoryLayout<UInt32>.size else { return SPW_INVALID }
    var mine = mine
    mine.size = UInt32(known)
    mine.abi_major = UInt16(SPW_ABI_MAJOR)
    mine.abi_minor = UInt16(SPW_ABI_MINOR)
    withUnsafeBytes(of: &mine) {
        UnsafeMutableRawPointer(room).copyMemory(from: $0.baseAddress!, byteCount: known)
    }
    return SPW_OK
}

/// An object as the opaque pointer that the host keeps, and back.
enum Handle {
    static func make<Object: AnyObject>(_ object: Object) -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(object).toOpaque()
    }

    static func object<Object: AnyObject>(_ handle: UnsafeMutableRawPointer?) -> Object? {
        handle.map { Unmanaged<Object>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Takes the object back: the handle is no longer valid.
    static func take<Object: AnyObject>(_ handle: UnsafeMutableRawPointer?) -> Object? {
        handle.map { Unmanaged<Object>.fromOpaque($0).takeRetainedValue() }
    }
}
