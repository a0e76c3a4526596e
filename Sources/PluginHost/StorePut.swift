internal import SpillwayABI

/// An object that is put in pieces: any number of ``write(_:_:_:)``, then ``finish(_:_:)`` or
/// ``abort()``. One that is dropped before is aborted.
public final class StorePut {
    private let store: StoreInstance
    private let object: StoredObject
    private var put: UnsafeMutableRawPointer?
    private var isOpen = true

    init(_ store: StoreInstance, _ put: UnsafeMutableRawPointer?, _ object: StoredObject) {
        self.store = store
        self.put = put
        self.object = object
    }

    deinit {
        abort()
    }

    /// Appends bytes. After a failure, only ``abort()`` is left.
    public func write(
        _ frame: CallFrame, _ setup: CallSetup, _ bytes: UnsafeRawBufferPointer
    ) -> CallOutcome {
        precondition(isOpen, "the put has ended already")
        let view = spw_bytes(
            data: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: bytes.count)
        return store.perform(frame, setup) {
            store.table.put_write(store.pointer, $0, put, view)
        }
    }

    /// Makes the object visible and durable; the put has ended, whatever the outcome.
    ///
    /// - Returns: as ``StoreInstance/put(_:_:name:sha256:mediaType:parts:)``.
    public func finish(_ frame: CallFrame, _ setup: CallSetup) -> CallOutcome {
        precondition(isOpen, "the put has ended already")
        return object.withRaw { object in
            var wasCalled = false
            let outcome = store.perform(frame, setup) {
                wasCalled = true
                return store.table.put_finish(store.pointer, $0, put, object)
            }
            if wasCalled { isOpen = false }
            return StoreInstance.saying(outcome, existed: object.pointee.existed != 0)
        }
    }

    /// Ends the put; nothing of it becomes visible. Does nothing after the end.
    public func abort() {
        guard isOpen else { return }
        isOpen = false
        let frame = CallFrame()
        let setup = CallSetup(
            tier: spw_str(), batchID: spw_str(), attempt: 1, attemptKey: spw_str(), deadline: 0,
            budget: 1 << 20, recordCount: 0)
        _ = store.perform(frame, setup) {
            store.table.put_abort(store.pointer, $0, put)
            return SPW_OK
        }
    }
}
