import SpillwayABI

// Writing. A put in pieces may last for minutes, so it keeps no transaction open: its chunks are
// written under a number that no object has yet, and `finish` gives the object that number.
extension ObjectStore {
    typealias Object = UnsafeMutablePointer<spw_object>

    /// The whole object at once, in one transaction.
    func put(
        _ object: Object, _ parts: UnsafeBufferPointer<spw_bytes>
    ) throws(Failure) -> spw_status {
        let name = object.pointee.name.bytes
        try requireName(name)
        let hash = try SHA256()
        var length: Int64 = 0
        for part in parts {
            hash.add(part.bytes)
            length += Int64(part.bytes.count)
        }
        try require(object, digest: hash.finish(), length: length)
        try database.transaction { () throws(Failure) in
            if try answerExisting(name, object) { return }
            let number = try newNumber()
            var chunker = Chunker()
            for part in parts {
                try chunker.add(part.bytes) { index, bytes throws(Failure) in
                    try checkCancelled()
                    try write(number, index, bytes)
                }
            }
            try chunker.finish { index, bytes throws(Failure) in try write(number, index, bytes) }
            try publish(object, number, name, object.pointee.media_type.bytes)
        }
        return SPW_OK
    }

    func begin(_ object: spw_object) throws(Failure) -> UnsafeMutableRawPointer? {
        try requireName(object.name.bytes)
        lastHandle += 1
        puts[lastHandle] = try StagedPut(
            name: object.name.bytes, mediaType: object.media_type.bytes)
        return UnsafeMutableRawPointer(bitPattern: lastHandle)
    }

    func write(_ handle: UnsafeMutableRawPointer?, _ bytes: Bytes) throws(Failure) -> spw_status {
        let put = try underWay(handle)
        put.hash?.add(bytes)
        put.length += Int64(bytes.count)
        try put.chunker.add(bytes) { index, chunk throws(Failure) in try stage(put, index, chunk) }
        return SPW_OK
    }

    /// Ends a put, whether or not it succeeds.
    func finish(_ handle: UnsafeMutableRawPointer?, _ object: Object) throws(Failure) -> spw_status
    {
        let put = try underWay(handle)
        puts[UInt(bitPattern: handle)] = nil
        do throws(Failure) {
            try require(object, digest: put.hash.take()?.finish() ?? [], length: put.length)
            try database.transaction { () throws(Failure) in try makeVisible(put, object) }
            if object.pointee.existed == 1 { drop(put) }
        } catch {
            drop(put)
            throw error
        }
        return SPW_OK
    }

    /// Ends a put; one that has ended already is left alone.
    func abort(_ handle: UnsafeMutableRawPointer?) -> spw_status {
        if let put = puts.removeValue(forKey: UInt(bitPattern: handle)) { drop(put) }
        return SPW_OK
    }

    func remove(_ name: Bytes) throws(Failure) -> spw_status {
        try requireName(name)
        try database.transaction { () throws(Failure) in
            guard let found = try statements.find(name) else { return }
            try statements.dropChunks.run(found.put)
            try statements.dropObject.bind(1, text: name)
            try statements.dropObject.run()
        }
        return SPW_OK
    }

    /// Ends what the host neither finished nor aborted.
    func close() {
        database.wait(milliseconds: 1000)
        for put in puts.values { drop(put) }
        puts = [:]
    }
}

// MARK: - Steps

extension ObjectStore {
    private func underWay(_ handle: UnsafeMutableRawPointer?) throws(Failure) -> StagedPut {
        guard let put = puts[UInt(bitPattern: handle)] else {
            throw .invalid("persist-sqlite: this put has ended or never began")
        }
        return put
    }

    func requireName(_ name: Bytes) throws(Failure) {
        let isRight =
            1...200 ~= name.count
            && name.allSatisfy { byte in
                isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
        guard isRight else {
            throw .invalid(
                "persist-sqlite: \"\(String(decoding: name, as: UTF8.self))\" is no name of an "
                    + "object: 1 to 200 of A-Z, a-z, 0-9, '.', '_' and '-'")
        }
    }

    /// The bytes are those that the host announced.
    private func require(_ object: Object, digest: [UInt8], length: Int64) throws(Failure) {
        guard object.pointee.length == UInt64(length) else {
            throw .invalid(
                "persist-sqlite: \(object.pointee.length) bytes were announced, \(length) came")
        }
        guard withUnsafeBytes(of: object.pointee.sha256, { digest.elementsEqual($0) }) else {
            throw .invalid("persist-sqlite: the bytes do not have the SHA-256 that was announced")
        }
    }

    /// Whether there is an object of that name; it is described then.
    private func answerExisting(_ name: Bytes, _ object: Object) throws(Failure) -> Bool {
        guard let found = try statements.find(name) else { return false }
        object.pointee.existed = 1
        object.pointee.stored_at_ns = found.storedAt
        return true
    }

    private func newNumber() throws(Failure) -> Int64 {
        try statements.beginPut.run(wallClock())
        return database.lastRow
    }

    /// Writes a chunk that nothing shows yet.
    private func stage(_ put: StagedPut, _ index: Int64, _ chunk: Bytes) throws(Failure) {
        try checkCancelled()
        put.number = try database.transaction { () throws(Failure) in
            let number = try numberUnderWay(put)
            try write(number, index, chunk)
            return number
        }
    }

    private func makeVisible(_ put: StagedPut, _ object: Object) throws(Failure) {
        try put.name.withBytes { name throws(Failure) in
            if try answerExisting(name, object) { return }
            let number = try numberUnderWay(put)
            try put.chunker.finish { index, chunk throws(Failure) in
                try write(number, index, chunk)
            }
            try put.mediaType.withBytes { mediaType throws(Failure) in
                try publish(object, number, name, mediaType)
            }
        }
    }

    /// In the transaction at hand: the number that a put's chunks stand under, a new one at first.
    /// One that it has is marked, to show that the put has not been cut off.
    private func numberUnderWay(_ put: StagedPut) throws(Failure) -> Int64 {
        guard let number = put.number else { return try newNumber() }
        try statements.movePut.run(number, wallClock())
        guard database.changedRows == 1 else {
            throw Failure(
                signal: SPW_SIGNAL_TRANSIENT,
                "persist-sqlite: the put stood still for an hour and was dropped: begin again")
        }
        return number
    }

    private func write(_ number: Int64, _ index: Int64, _ chunk: Bytes) throws(Failure) {
        let statement = statements.addChunk
        statement.bind(1, number)
        statement.bind(2, index)
        try statement.bind(3, blob: chunk)
        try statement.run()
    }

    /// In the transaction at hand: the object has the chunks of that put, and is there.
    private func publish(_ object: Object, _ put: Int64, _ name: Bytes, _ mediaType: Bytes)
        throws(Failure)
    {
        let now = wallClock()
        let statement = statements.addObject
        try withUnsafeBytes(of: &object.pointee.sha256) { digest throws(Failure) in
            try statement.bind(1, text: name)
            statement.bind(2, put)
            try statement.bind(3, blob: digest)
            statement.bind(4, Int64(object.pointee.length))
            try statement.bind(5, text: mediaType)
            statement.bind(6, now)
            try statement.run()
        }
        try statements.endPut.run(put)
        object.pointee.existed = 0
        object.pointee.stored_at_ns = now
    }

    /// Drops what was staged; what can't be dropped now is dropped when the file is next opened.
    private func drop(_ put: StagedPut) {
        guard let number = put.number else { return }
        try? database.transaction { () throws(Failure) in
            try statements.dropChunks.run(number)
            try statements.endPut.run(number)
        }
    }
}

private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }
