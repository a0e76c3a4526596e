import CSQLite
import Glibc

/// The tables, and how a file becomes a store.
///
/// An object's bytes lie in chunks under the number of the put that wrote them. A number that stands
/// in `puts` is that of a put under way, or of one that was cut off: nothing of it is visible.
enum Schema {
    /// Marks the file as ours (`PRAGMA application_id`): "SPWS".
    private static let application = 0x5350_5753
    private static let version = 1
    /// A put that has not moved for so long was cut off.
    private static let abandonedAfter: Int64 = 3600 * 1_000_000_000

    private static let tables = """
        CREATE TABLE objects(name TEXT NOT NULL PRIMARY KEY, put INTEGER NOT NULL UNIQUE,
            sha256 BLOB NOT NULL, length INTEGER NOT NULL, media_type TEXT NOT NULL,
            stored_at_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE chunks(put INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,
            UNIQUE(put, number)) STRICT;
        CREATE TABLE puts(id INTEGER PRIMARY KEY AUTOINCREMENT, moved_at_ns INTEGER NOT NULL) STRICT;
        PRAGMA application_id = \(application);
        PRAGMA user_version = \(version);
        """

    /// Opens the file as a store; makes what is missing.
    static func open(_ path: String) throws(Failure) -> Database {
        try makeFolder(of: path)
        makePrivateFile(path)
        let database = try Database(path: path)
        database.wait(milliseconds: 5000)
        if try database.snapshot({ () throws(Failure) in try isNew(database) }) {
            try make(database)
        }
        try database.run("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864")
        try requireVersion(database)
        try syncFolder(of: path)
        try? sweep(database)
        return database
    }

    /// Whether the file is empty; a database of someone else is refused.
    private static func isNew(_ database: Database) throws(Failure) -> Bool {
        if try database.text("PRAGMA application_id") == "\(application)" { return false }
        guard try database.text("SELECT count(*) FROM sqlite_schema") == "0" else {
            throw .invalid("persist-sqlite: \(database.path) is a database of something else")
        }
        return true
    }

    /// Makes the tables, unless another instance was faster.
    private static func make(_ database: Database) throws(Failure) {
        let mode = try beWriteAhead(database)
        guard mode == "wal" else {
            throw .invalid(
                "persist-sqlite: \(database.path): its file system can't do SQLite's WAL "
                    + "(got \"\(mode)\"): choose a local one")
        }
        try database.transaction { () throws(Failure) in
            if try isNew(database) { try database.run(tables) }
        }
    }

    /// SQLite does not wait for other connections here, so several that open a new file try again.
    private static func beWriteAhead(_ database: Database) throws(Failure) -> String {
        for _ in 0..<100 {
            if let mode = try? database.text("PRAGMA journal_mode = WAL") { return mode }
            usleep(10_000)
        }
        return try database.text("PRAGMA journal_mode = WAL")
    }

    private static func requireVersion(_ database: Database) throws(Failure) {
        let found = try database.text("PRAGMA user_version")
        guard found == "\(version)" else {
            throw .invalid(
                "persist-sqlite: \(database.path) has version \(found) of the store's tables, "
                    + "this plugin knows \(version)")
        }
    }

    /// Drops the chunks of puts that were cut off.
    private static func sweep(_ database: Database) throws(Failure) {
        let limit = wallClock() - abandonedAfter
        guard try database.text("SELECT 1 FROM puts WHERE moved_at_ns < \(limit)") == "1" else {
            return
        }
        try database.transaction { () throws(Failure) in
            try database.run(
                """
                DELETE FROM chunks WHERE put IN (SELECT id FROM puts WHERE moved_at_ns < \(limit));
                DELETE FROM puts WHERE moved_at_ns < \(limit)
                """)
        }
    }
}
