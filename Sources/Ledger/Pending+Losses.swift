internal import GRDB

extension Pending.Place {
    /// Makes losses visible, and keeps the newest of each pipeline that got one.
    func revealLosses(at now: Int64, keeping limit: Int, in db: Database) throws -> Int {
        let added = try countLosses(in: db)
        if added.isEmpty { return 0 }
        try moveLosses(at: now, in: db)
        for (pipeline, count) in added {
            try Self.prune(pipeline, added: count, keeping: limit, in: db)
        }
        return try clear("pending_loss", in: db)
    }

    private static func prune(
        _ pipeline: String, added: Int, keeping limit: Int, in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO loss_count (pipeline, kept, pruned) VALUES (?, ?, 0)
                ON CONFLICT DO UPDATE SET kept = kept + excluded.kept
                """,
            arguments: [pipeline, added])
        let kept = try Int.fetchOne(
            db, sql: "SELECT kept FROM loss_count WHERE pipeline = ?", arguments: [pipeline])
        guard let kept, kept > limit else { return }
        try db.execute(
            sql: """
                DELETE FROM loss WHERE id IN
                  (SELECT id FROM loss WHERE pipeline = ? ORDER BY id LIMIT ?)
                """,
            arguments: [pipeline, kept - limit])
        let pruned = db.changesCount
        try db.execute(
            sql: "UPDATE loss_count SET kept = kept - ?, pruned = pruned + ? WHERE pipeline = ?",
            arguments: [pruned, pruned, pipeline])
    }
}

extension Ledger {
    /// Single losses, the newest first.
    ///
    /// - Parameters:
    ///   - key: only those of the record with this base key.
    ///   - limit: at most so many.
    public func losses(
        pipeline: String? = nil, key: String? = nil, limit: Int = 100
    ) throws(LedgerError) -> [LossEntry] {
        var filter = SQLFilter()
        filter.add("pipeline = ?", pipeline)
        filter.add("key = ?", key)
        return try read("read its losses") { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM loss \(filter.clause) ORDER BY id DESC LIMIT ?",
                arguments: filter.arguments + [limit]
            ).map { LossEntry($0) }
        }
    }

    /// How many single losses of a pipeline were pruned, so that the account stays bounded.
    public func lossesPruned(pipeline: String) throws(LedgerError) -> UInt64 {
        try read("count its losses") { db in
            try UInt64.fetchOne(
                db, sql: "SELECT pruned FROM loss_count WHERE pipeline = ?", arguments: [pipeline])
                ?? 0
        }
    }
}
