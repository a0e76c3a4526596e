internal import GRDB

/// The tables of the file, and how older ones become newer.
enum Format {
    /// The version that this code writes. A newer one is refused, an older one migrated.
    static let version = 1

    /// - Throws: ``LedgerError`` `newerFormat`, or what SQLite says.
    static func bringUpToDate(_ pool: DatabasePool) throws {
        guard try needsMigration(pool) else { return }
        do {
            try migrator.migrate(pool)
        } catch {
            // Another process that opened the same file may have been quicker.
            guard try !needsMigration(pool) else { throw error }
        }
    }

    private static func needsMigration(_ pool: DatabasePool) throws -> Bool {
        try pool.writeWithoutTransaction { db in
            guard let found = try storedVersion(db) else {
                guard try !hasForeignTables(db) else { throw notALedger(pool.path) }
                return true
            }
            guard found <= version else { throw newer(found, pool.path) }
            return found < version
        }
    }

    private static func storedVersion(_ db: Database) throws -> Int? {
        let exists = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'format')")
        guard exists == true else { return nil }
        return try Int.fetchOne(db, sql: "SELECT version FROM format")
    }

    private static func hasForeignTables(_ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM sqlite_schema
                  WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT LIKE '%grdb!_%' ESCAPE '!')
                """) ?? false
    }

    private static func newer(_ found: Int, _ path: String) -> LedgerError {
        LedgerError(
            .newerFormat,
            "the ledger \(path) has format \(found), and this Spillway knows formats up to \(version):"
                + " use the newer Spillway that wrote it, or another `state` folder")
    }

    private static func notALedger(_ path: String) -> LedgerError {
        LedgerError(
            .corrupted,
            "\(path) is an SQLite file, but no ledger: choose another `state` folder, or move the"
                + " file away")
    }

    // MARK: - Migrations

    /// One migration for each version. What was released is never changed, only followed by the next.
    private static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: tables)
            try db.execute(sql: "INSERT INTO format (version) VALUES (1)")
        }
        return migrator
    }()

    /// What a task is queued with; the same in every table that holds one.
    private static let taskColumns = """
        pipeline TEXT NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL,
        operation INTEGER NOT NULL, store TEXT NOT NULL, object TEXT NOT NULL, sha256 BLOB NOT NULL,
        length INTEGER NOT NULL, media_type TEXT NOT NULL, contract_name TEXT, contract_sha256 TEXT,
        signal TEXT NOT NULL, reason TEXT NOT NULL, history TEXT NOT NULL, batch_id TEXT NOT NULL,
        tier TEXT NOT NULL
        """

    private static let lossColumns = """
        pipeline TEXT NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL, pointer TEXT NOT NULL,
        kind TEXT NOT NULL, loss TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
        reason TEXT NOT NULL, tier TEXT NOT NULL, attempt INTEGER NOT NULL, batch_id TEXT NOT NULL
        """

    /// Pending rows carry the stream and the sequence (`settles_at`) that reveals them. They lie in
    /// tables of their own, so that finding none costs the same however long the queue is.
    private static let tables = """
        CREATE TABLE format (version INTEGER NOT NULL) STRICT;

        CREATE TABLE plugin_state (
          scope TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (scope, key)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE task (
          id INTEGER PRIMARY KEY AUTOINCREMENT, \(taskColumns),
          state TEXT NOT NULL, attempts INTEGER NOT NULL, parent INTEGER, outcome TEXT,
          created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX task_by_state ON task (state, pipeline, created_at, length);
        CREATE INDEX task_by_signal ON task (signal, state);
        CREATE INDEX task_by_key ON task (key);
        CREATE INDEX task_by_object ON task (object, store, state);

        CREATE TABLE pending_task (
          id INTEGER PRIMARY KEY, stream TEXT NOT NULL, settles_at INTEGER NOT NULL, \(taskColumns),
          attempts INTEGER NOT NULL, parent INTEGER, created_at INTEGER NOT NULL,
          UNIQUE (stream, key)
        ) STRICT;
        CREATE INDEX pending_task_by_place ON pending_task (stream, settles_at);
        CREATE INDEX pending_task_by_object ON pending_task (object, store);

        CREATE TABLE pending_resolution (
          stream TEXT NOT NULL, task INTEGER NOT NULL, settles_at INTEGER NOT NULL,
          kind TEXT NOT NULL, outcome TEXT, signal TEXT, reason TEXT, history TEXT,
          PRIMARY KEY (stream, task)
        ) STRICT;
        CREATE INDEX pending_resolution_by_place ON pending_resolution (stream, settles_at);
        CREATE INDEX pending_resolution_by_task ON pending_resolution (task);

        CREATE TABLE loss (
          id INTEGER PRIMARY KEY AUTOINCREMENT, \(lossColumns), at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX loss_by_pipeline ON loss (pipeline, id);
        CREATE INDEX loss_by_key ON loss (key);

        CREATE TABLE loss_count (
          pipeline TEXT PRIMARY KEY, kept INTEGER NOT NULL, pruned INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE pending_loss (
          id INTEGER PRIMARY KEY, stream TEXT NOT NULL, settles_at INTEGER NOT NULL, \(lossColumns)
        ) STRICT;
        CREATE INDEX pending_loss_by_place ON pending_loss (stream, settles_at);
        CREATE INDEX pending_loss_by_key ON pending_loss (stream, key);

        CREATE TABLE mark (
          stream TEXT PRIMARY KEY, sequence INTEGER NOT NULL, data BLOB NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE audit (
          id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL,
          action TEXT NOT NULL, task INTEGER NOT NULL, pipeline TEXT NOT NULL, key TEXT NOT NULL,
          sha256 BLOB NOT NULL, reason TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        """
}
