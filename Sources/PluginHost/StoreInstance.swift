internal import CHost
public import SpillwayABI

/// An object of a store.
public struct StoredObject: Sendable, Equatable {
    /// `[0-9A-Za-z._-]`, 1 to 200 characters.
    public var name: String
    /// Bytes.
    public var length: UInt64
    /// 32 bytes, of the whole object.
    public var sha256: [UInt8]
    /// May be empty.
    public var mediaType: String
    /// Nanoseconds since 1970-01-01 UTC; 0: unknown.
    public var storedAt: Int64

    public init(
        name: String, length: UInt64, sha256: [UInt8], mediaType: String = "", storedAt: Int64 = 0
    ) {
        precondition(sha256.count == 32, "a SHA-256 has 32 bytes")
        self.name = name
        self.length = length
        self.sha256 = sha256
        self.mediaType = mediaType
        self.storedAt = storedAt
    }

    init(_ object: spw_object) {
        name = String(view: object.name)
        length = object.length
        sha256 = withUnsafeBytes(of: object.sha256) { Array($0) }
        mediaType = String(view: object.media_type)
        storedAt = object.stored_at_ns
    }

    /// Calls with the object as a plugin is handed it.
    func withRaw<Result>(_ body: (UnsafeMutablePointer<spw_object>) -> Result) -> Result {
        name.withView { name in
            mediaType.withView { mediaType in
                var object = spw_object()
                object.size = UInt32(MemoryLayout<spw_object>.size)
                object.name = name
                object.length = length
                object.media_type = mediaType
                object.stored_at_ns = storedAt
                withUnsafeMutableBytes(of: &object.sha256) { $0.copyBytes(from: sha256) }
                return body(&object)
            }
        }
    }
}

/// An instance of a store: bytes for keeps.
// Unchecked: see PluginInstance.
public final class StoreInstance: PluginInstance, @unchecked Sendable {
    let table: spw_store

    init(_ plugin: Plugin, _ setup: InstanceSetup) throws(PluginError) {
        table = try plugin.storeTable()
        try super.init(plugin, interfaceID: SPW_STORE, setup)
    }

    /// Puts a whole object, unless it is there already.
    ///
    /// - Parameter parts: the object's bytes in order.
    /// - Returns: `SPW_OK` when it was written and will survive a power cut; `SPW_UNCHANGED` when an
    ///   object of that name was there, which is a success; or a failure, which leaves nothing visible.
    public func put(
        _ frame: CallFrame, _ setup: CallSetup, name: String, sha256: [UInt8], mediaType: String,
        parts: [spw_bytes]
    ) -> CallOutcome {
        let length = parts.reduce(UInt64(0)) { $0 + UInt64($1.size) }
        let object = StoredObject(name: name, length: length, sha256: sha256, mediaType: mediaType)
        return object.withRaw { object in
            let outcome = parts.withUnsafeBufferPointer { parts in
                perform(frame, setup) {
                    table.put(pointer, $0, object, parts.baseAddress, parts.count)
                }
            }
            return Self.saying(outcome, existed: object.pointee.existed != 0)
        }
    }

    static func saying(_ outcome: CallOutcome, existed: Bool) -> CallOutcome {
        var outcome = outcome
        if outcome.status == SPW_OK, existed { outcome.status = SPW_UNCHANGED }
        return outcome
    }

    /// Begins to put an object in pieces.
    ///
    /// - Parameter object: its length and SHA-256 are checked at the end.
    /// - Returns: the put under way, unless the call failed.
    public func beginPut(
        _ frame: CallFrame, _ setup: CallSetup, _ object: StoredObject
    ) -> (outcome: CallOutcome, put: StorePut?) {
        var put: UnsafeMutableRawPointer?
        let outcome = object.withRaw { object in
            perform(frame, setup) { table.put_begin(pointer, $0, object, &put) }
        }
        return (outcome, outcome.isFailure ? nil : StorePut(self, put, object))
    }

    /// Reads bytes of an object into the frame's output.
    ///
    /// - Parameters:
    ///   - length: `UInt64.max`: to the end; the frame's budget has to hold what is read.
    /// - Returns: `SPW_OK`, `SPW_END` (no such object) or a failure. A whole read is checked against the
    ///   object's SHA-256 by the store.
    public func get(
        _ frame: CallFrame, _ setup: CallSetup, name: String, offset: UInt64 = 0,
        length: UInt64 = .max
    ) -> CallOutcome {
        name.withView { name in
            perform(frame, setup, .mayEnd) {
                table.get(pointer, $0, name, offset, length, frame.output)
            }
        }
    }

    /// Reads an object piece by piece, and checks its SHA-256 at the end.
    ///
    /// - Parameters:
    ///   - chunk: bytes per piece, at least 1; the budget of each piece's call.
    ///   - each: handed each piece, valid for that call. It answers whether to go on.
    /// - Returns: `SPW_OK`, `SPW_END` (no such object), or a failure: `unrecoverable` when the bytes do
    ///   not have the object's SHA-256, whatever `each` was handed by then.
    public func read(
        _ frame: CallFrame, _ setup: CallSetup, name: String, chunk: UInt64,
        each: (UnsafeRawBufferPointer) -> Bool
    ) -> CallOutcome {
        let (outcome, found) = stat(frame, setup, name: name)
        guard outcome.status == SPW_OK, let found else { return outcome }
        guard let hash = SHA256Hasher() else {
            return fail(
                frame, SPW_FAILED, SPW_SIGNAL_TRANSIENT, "there is no memory for a SHA-256")
        }
        var offset: UInt64 = 0
        while offset < found.length {
            let wanted = min(chunk, found.length - offset)
            var piece = setup
            piece.raw.budget = max(setup.raw.budget, wanted)
            let got = get(frame, piece, name: name, offset: offset, length: wanted)
            guard got.status == SPW_OK else { return got }
            let bytes = frame.bytes
            guard bytes.count == Int(wanted) else {
                return broke(frame, "\(bytes.count) bytes came where \(wanted) were asked for")
            }
            hash.update(bytes)
            guard each(bytes) else { return got }
            offset += wanted
        }
        guard hash.finish() == found.sha256 else {
            return fail(
                frame, SPW_FAILED, SPW_SIGNAL_UNRECOVERABLE,
                "object \(name) of \(self.name) is damaged: its bytes do not have its SHA-256")
        }
        return CallOutcome(status: SPW_OK)
    }

    /// What the store knows of an object; nil, with `SPW_END`, when there is none.
    public func stat(
        _ frame: CallFrame, _ setup: CallSetup, name: String
    ) -> (outcome: CallOutcome, object: StoredObject?) {
        var raw = spw_object()
        raw.size = UInt32(MemoryLayout<spw_object>.size)
        var found: StoredObject?
        let outcome = name.withView { name in
            perform(frame, setup, .mayEnd) { call in
                let status = table.stat(pointer, call, name, &raw)
                // Its views end with the instance's next call, so they are copied within this one.
                if status == SPW_OK { found = StoredObject(raw) }
                return status
            }
        }
        return (outcome, outcome.status == SPW_OK ? found : nil)
    }

    /// A page of the objects whose name starts with `prefix`, by name in byte order.
    ///
    /// - Parameters:
    ///   - page: the last name of the page before; empty: from the start.
    /// - Returns: `SPW_END` with the last page, else `SPW_OK`.
    public func list(
        _ frame: CallFrame, _ setup: CallSetup, prefix: String = "", after page: String = "",
        limit: UInt32 = 1000
    ) -> (outcome: CallOutcome, objects: [StoredObject]) {
        var found: [StoredObject] = []
        let outcome = withUnsafeMutablePointer(to: &found) { found in
            prefix.withView { prefix in
                page.withView { page in
                    perform(frame, setup, .mayEnd) {
                        table.list(
                            pointer, $0, prefix, page, limit,
                            { context, object in
                                guard let object else { return }
                                context?.assumingMemoryBound(to: [StoredObject].self).pointee
                                    .append(StoredObject(object.pointee))
                            }, found)
                    }
                }
            }
        }
        return (outcome, outcome.isFailure ? [] : found)
    }

    /// Removes an object, durably; one that is not there is a success.
    public func remove(_ frame: CallFrame, _ setup: CallSetup, name: String) -> CallOutcome {
        name.withView { name in
            perform(frame, setup) { table.remove(pointer, $0, name) }
        }
    }
}
