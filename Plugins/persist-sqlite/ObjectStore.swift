import SpillwayABI
import Synchronization

/// A store in one SQLite file: what an instance of the plugin is.
final class ObjectStore {
    let database: Database
    let statements: Statements
    /// The puts under way, by the handle that the host knows them by.
    var puts: [UInt: StagedPut] = [:]
    var lastHandle: UInt = 0
    /// What the views that `stat` answered point into.
    private var known: (name: HeldText, mediaType: HeldText) = (HeldText(), HeldText())
    private let isInside = Atomic<Bool>(false)
    private var call: Call?

    init(path: String) throws(Failure) {
        database = try Schema.open(path)
        statements = try Statements(database)
    }

    /// Begins a call; false: another one is under way.
    func enter(_ call: Call) -> Bool {
        guard !isInside.exchange(true, ordering: .acquiring) else { return false }
        self.call = call
        let deadline = call.pointee.deadline_ns
        let left = deadline == 0 ? 5000 : min(5000, millisecondsLeft(until: deadline))
        database.wait(milliseconds: Int32(left))
        return true
    }

    func leave() {
        call = nil
        isInside.store(false, ordering: .releasing)
    }

    /// Fails unless the file can be read and written.
    func prove() throws(Failure) -> spw_status {
        try database.transaction { () throws(Failure) in _ = try statements.find(Bytes("any")) }
        return SPW_OK
    }

    func checkCancelled() throws(Failure) {
        guard let call, call.pointee.cancelled?(call) != 1 else { throw .cancelled }
    }
}

// MARK: - Reading

extension ObjectStore {
    func stat(
        _ name: Bytes, into object: UnsafeMutablePointer<spw_object>
    ) throws(Failure) -> spw_status {
        try requireName(name)
        guard let found = try statements.find(name) else { return SPW_END }
        found.describe(&object.pointee)
        object.pointee.name = known.name.hold(found.name)
        object.pointee.media_type = known.mediaType.hold(found.mediaType)
        return SPW_OK
    }

    func list(
        _ prefix: Bytes, after page: Bytes, _ limit: UInt32, _ each: (spw_object) -> Void
    ) throws(Failure) -> spw_status {
        let statement = statements.list
        defer { statement.reset() }
        try statement.bind(1, text: page)
        try statement.bind(2, text: prefix)
        statement.bind(3, Int64(limit) + 1)
        for _ in 0..<limit {
            guard try statement.step() else { return SPW_END }
            let row = Row(statement)
            var object = spw_object()
            object.size = UInt32(MemoryLayout<spw_object>.size)
            row.describe(&object)
            row.name.withBytes { name in
                row.mediaType.withBytes { mediaType in
                    object.name = spw_str(name)
                    object.media_type = spw_str(mediaType)
                    each(object)
                }
            }
        }
        return try statement.step() ? SPW_OK : SPW_END
    }

    func get(
        _ name: Bytes, from offset: UInt64, _ length: UInt64,
        into output: UnsafeMutablePointer<spw_output>
    ) throws(Failure) -> spw_status {
        try requireName(name)
        return try database.snapshot { () throws(Failure) in
            guard let found = try statements.find(name) else { return SPW_END }
            let total = UInt64(clamping: found.length)
            let start = min(offset, total)
            let end = length > total - start ? total : start + length
            try copy(found, Int(start)..<Int(end), to: output)
            return SPW_OK
        }
    }

    /// Copies a range of an object's bytes; the whole object is checked against its digest.
    private func copy(
        _ object: Row, _ range: Range<Int>, to output: UnsafeMutablePointer<spw_output>
    ) throws(Failure) {
        let size = Chunker.chunkSize
        let isWhole = range == 0..<Int(object.length)
        let hash = try SHA256()
        let statement = statements.chunks
        defer { statement.reset() }
        statement.bind(1, object.put)
        statement.bind(2, Int64(range.lowerBound / size))
        var at = range.lowerBound
        while at < range.upperBound {
            try checkCancelled()
            let start = at / size * size
            let end = min(range.upperBound, start + size)
            guard try statement.step(), statement.integer(0) == at / size else {
                throw .damaged(object.name, "a chunk is missing")
            }
            let chunk = statement.bytes(1)
            guard chunk.count >= end - start else {
                throw .damaged(object.name, "a chunk is short")
            }
            let part = chunk.part(at - start, end - start)
            if isWhole { hash.add(part) }
            try append(part, to: output)
            at = end
        }
        if isWhole, hash.finish() != object.sha256 {
            throw .damaged(
                object.name, "its bytes do not have the SHA-256 that they were stored with")
        }
    }

    private func append(
        _ bytes: Bytes, to output: UnsafeMutablePointer<spw_output>
    ) throws(Failure) {
        var room = spw_room()
        var status = output.pointee.reserve(output, bytes.count, &room)
        if status == SPW_OK {
            UnsafeMutableRawBufferPointer(start: room.data, count: room.size).copyMemory(
                from: bytes)
            status = output.pointee.commit(output, bytes.count)
        }
        guard status == SPW_OK else {
            throw Failure(
                status: status, signal: SPW_SIGNAL_OVER_BUDGET,
                "persist-sqlite: the call's budget has no room for the object's bytes")
        }
    }
}

/// Text that a view points into until the next one is held.
final class HeldText {
    private var room = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)

    deinit { room.deallocate() }

    func hold(_ text: [UInt8]) -> spw_str {
        if room.count < text.count {
            room.deallocate()
            room = .allocate(byteCount: text.count, alignment: 1)
        }
        room.copyBytes(from: text)
        return spw_str(Bytes(rebasing: Bytes(room)[..<text.count]))
    }
}
