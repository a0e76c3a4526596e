import SpillwayABI

/// The statements of a store, prepared once.
struct Statements {
    let find, list, chunks: Statement
    let beginPut, movePut, endPut, addChunk, addObject: Statement
    let dropChunks, dropObject: Statement

    init(_ database: Database) throws(Failure) {
        find = try Statement(database, "SELECT \(Row.columns) FROM objects WHERE name = ?1")
        // Names are ASCII below U+007F, so that U+007F ends all names with a prefix.
        list = try Statement(
            database,
            """
            SELECT \(Row.columns) FROM objects
            WHERE name > ?1 AND name >= ?2 AND name < ?2 || char(127) ORDER BY name LIMIT ?3
            """)
        chunks = try Statement(
            database,
            "SELECT number, bytes FROM chunks WHERE put = ?1 AND number >= ?2 ORDER BY number")
        beginPut = try Statement(database, "INSERT INTO puts(moved_at_ns) VALUES(?1)")
        movePut = try Statement(database, "UPDATE puts SET moved_at_ns = ?2 WHERE id = ?1")
        endPut = try Statement(database, "DELETE FROM puts WHERE id = ?1")
        addChunk = try Statement(
            database, "INSERT INTO chunks(put, number, bytes) VALUES(?1, ?2, ?3)")
        addObject = try Statement(
            database, "INSERT INTO objects(\(Row.columns)) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
        dropChunks = try Statement(database, "DELETE FROM chunks WHERE put = ?1")
        dropObject = try Statement(database, "DELETE FROM objects WHERE name = ?1")
    }

    /// The object of a name.
    func find(_ name: Bytes) throws(Failure) -> Row? {
        defer { find.reset() }
        try find.bind(1, text: name)
        return try find.step() ? Row(find) : nil
    }
}

/// An object's row, copied.
struct Row {
    static let columns = "name, put, sha256, length, media_type, stored_at_ns"

    let name, sha256, mediaType: [UInt8]
    let put, length, storedAt: Int64

    init(_ statement: Statement) {
        name = [UInt8](statement.bytes(0))
        put = statement.integer(1)
        sha256 = [UInt8](statement.bytes(2))
        length = statement.integer(3)
        mediaType = [UInt8](statement.bytes(4))
        storedAt = statement.integer(5)
    }

    /// Describes the object but for its name and media type, which are views.
    func describe(_ object: inout spw_object) {
        object.existed = 1
        object.length = UInt64(clamping: length)
        object.stored_at_ns = storedAt
        withUnsafeMutableBytes(of: &object.sha256) { room in
            room.copyBytes(from: sha256.prefix(room.count))
        }
    }
}
