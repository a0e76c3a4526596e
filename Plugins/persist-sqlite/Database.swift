import CSQLite

/// One connection, used by one thread at a time.
final class Database {
    let path: String
    fileprivate let handle: OpaquePointer

    /// Opens the file, or makes it.
    init(path: String) throws(Failure) {
        self.path = path
        var handle: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
            | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw trouble(code, "opening \(path)", String(cString: sqlite3_errstr(code)))
        }
        self.handle = handle
    }

    deinit { sqlite3_close_v2(handle) }

    /// How long a statement waits for another writer.
    func wait(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

    var changedRows: Int32 { sqlite3_changes(handle) }
    var lastRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Runs statements that answer nothing.
    func run(_ sql: String) throws(Failure) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil), sql)
    }

    /// The first column of the first row, as text; empty when there is no row.
    func text(_ sql: String) throws(Failure) -> String {
        let statement = try Statement(self, sql)
        return try statement.step() ? String(decoding: statement.bytes(0), as: UTF8.self) : ""
    }

    /// All of the body, or nothing of it.
    func transaction<Result>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try run("BEGIN IMMEDIATE")
        do throws(Failure) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            try? run("ROLLBACK")
            throw error
        }
    }

    /// Reads that all see the same state.
    func snapshot<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        try run("BEGIN")
        defer { try? run("ROLLBACK") }
        return try body()
    }

    fileprivate func check(_ code: Int32, _ doing: String) throws(Failure) {
        guard code != SQLITE_OK else { return }
        throw trouble(code, "\(path): \(doing)", String(cString: sqlite3_errmsg(handle)))
    }
}

/// A prepared statement, to be run again and again.
final class Statement {
    private let database: Database
    private let handle: OpaquePointer

    init(_ database: Database, _ sql: String) throws(Failure) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(
            database.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        try database.check(code, "preparing \(sql)")
        self.database = database
        self.handle = handle!
    }

    deinit { sqlite3_finalize(handle) }

    // What is bound is not copied: it must stay until `reset`.

    func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }

    func bind(_ index: Int32, text: Bytes) throws(Failure) {
        let start = text.baseAddress ?? UnsafeRawPointer(handle)
        let code = sqlite3_bind_text64(
            handle, index, start.assumingMemoryBound(to: CChar.self), UInt64(text.count), nil,
            UInt8(SQLITE_UTF8))
        try database.check(code, "binding a text")
    }

    func bind(_ index: Int32, blob: Bytes) throws(Failure) {
        let start = blob.baseAddress ?? UnsafeRawPointer(handle)
        let code = sqlite3_bind_blob64(handle, index, start, UInt64(blob.count), nil)
        try database.check(code, "binding bytes")
    }

    /// Goes to the next row; false: there is none.
    func step() throws(Failure) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            try database.check(code, String(cString: sqlite3_sql(handle)))
            return false
        }
    }

    /// Runs a statement that answers no rows, and makes it ready for the next time.
    func run(_ values: Int64...) throws(Failure) {
        defer { reset() }
        for (index, value) in values.enumerated() { bind(Int32(index + 1), value) }
        _ = try step()
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// A column's bytes; valid until the next step or reset.
    func bytes(_ column: Int32) -> Bytes {
        let start = sqlite3_column_blob(handle, column)
        return Bytes(
            start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, column)))
    }
}
