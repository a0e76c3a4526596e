internal import GRDB

extension Ledger {
    /// What waits to be reconciled.
    public struct OpenTasks: Sendable, Equatable {
        /// Tasks that are open or parked.
        public var count: Int
        /// Their raw bytes.
        public var bytes: UInt64
        /// When the oldest came, in nanoseconds since 1970-01-01 UTC; nil when there is none.
        public var oldest: Int64?
    }

    /// Tasks in the order in which they became visible.
    public func tasks(_ filter: TaskFilter = .all) throws(LedgerError) -> [DeferredTask] {
        try read("list its tasks") { db in try Self.tasks(filter, in: db) }
    }

    static func tasks(_ filter: TaskFilter, in db: Database) throws -> [DeferredTask] {
        let conditions = SQLFilter(filter)
        return try Row.fetchAll(
            db, sql: "SELECT * FROM task \(conditions.clause) ORDER BY id LIMIT ?",
            arguments: conditions.arguments + [filter.limit ?? -1]
        ).map { DeferredTask($0) }
    }

    /// How many tasks there are; the filter's `limit` does not count.
    public func taskCount(_ filter: TaskFilter = .all) throws(LedgerError) -> Int {
        let conditions = SQLFilter(filter)
        return try read("count its tasks") { db in
            try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM task \(conditions.clause)",
                arguments: conditions.arguments) ?? 0
        }
    }

    /// How many tasks there are in each state.
    public func taskCounts(
        pipeline: String? = nil
    ) throws(LedgerError) -> [DeferredTask.State: Int] {
        var filter = SQLFilter()
        filter.add("pipeline = ?", pipeline)
        return try read("count its tasks") { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT state, COUNT(*) AS count FROM task \(filter.clause) GROUP BY state
                    """,
                arguments: filter.arguments)
            return Dictionary(
                uniqueKeysWithValues: rows.map {
                    (DeferredTask.State(rawValue: $0["state"]), $0["count"] as Int)
                })
        }
    }

    /// What waits to be reconciled: number, bytes, and since when.
    public func openTasks(pipeline: String? = nil) throws(LedgerError) -> OpenTasks {
        var filter = SQLFilter()
        filter.add("pipeline = ?", pipeline)
        let clause = filter.clause.isEmpty ? "WHERE" : filter.clause + " AND"
        return try read("count its open tasks") { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT COUNT(*) AS count, COALESCE(SUM(length), 0) AS bytes,
                      MIN(created_at) AS oldest
                    FROM task \(clause) state IN ('open', 'parked')
                    """,
                arguments: filter.arguments)
            guard let row else { return OpenTasks(count: 0, bytes: 0, oldest: nil) }
            return OpenTasks(
                count: row["count"], bytes: UInt64(bitPattern: row["bytes"]), oldest: row["oldest"])
        }
    }

    /// The raw bytes of all tasks that wait to be reconciled.
    public func openBytes(pipeline: String? = nil) throws(LedgerError) -> UInt64 {
        try openTasks(pipeline: pipeline).bytes
    }

    /// How many tasks still need an object of a store: open or parked ones, and pending ones.
    public func openReferences(store: String, object: String) throws(LedgerError) -> Int {
        try read("count an object's tasks") { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT (SELECT COUNT(*) FROM task WHERE object = ?1 AND store = ?2
                        AND state IN ('open', 'parked'))
                      + (SELECT COUNT(*) FROM pending_task WHERE object = ?1 AND store = ?2)
                    """,
                arguments: [object, store]) ?? 0
        }
    }
}
