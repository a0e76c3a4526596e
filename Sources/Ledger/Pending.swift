internal import GRDB

/// Rows that wait for their stream's commit.
enum Pending {
    /// - Parameter sequence: reveals the task when the stream settles up to it.
    static func insert(
        _ task: NewTask, stream: String, at sequence: Int64, attempts: Int64 = 0,
        parent: Int64? = nil, createdAt: Int64, in db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO pending_task
                  (stream, settles_at, attempts, parent, created_at, \(Columns.task))
                VALUES (?, ?, ?, ?, ?, \(Columns.taskPlaces))
                """)
        let place: [(any DatabaseValueConvertible)?] = [
            stream, sequence, attempts, parent, createdAt,
        ]
        try statement.execute(arguments: StatementArguments(place + Columns.values(task)))
    }

    /// Forgets the losses of these records.
    static func forgetLosses(
        of keys: some Sequence<String>, stream: String, in db: Database
    ) throws {
        let delete = try db.cachedStatement(
            sql: "DELETE FROM pending_loss WHERE stream = ? AND key = ?")
        for key in Set(keys) { try delete.execute(arguments: [stream, key]) }
    }

    /// - Parameter place: tells which sequence reveals a loss.
    static func insert(
        _ losses: [LossEntry], stream: String, in db: Database,
        at place: (LossEntry) throws -> Int64
    ) throws {
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO pending_loss (stream, settles_at, \(Columns.loss))
                VALUES (?, ?, \(Columns.lossPlaces))
                """)
        for loss in losses {
            let values: [(any DatabaseValueConvertible)?] = [stream, try place(loss)]
            try insert.execute(arguments: StatementArguments(values + Columns.values(loss)))
        }
    }

    /// The pending rows of a stream on one side of a sequence.
    struct Place {
        enum Side: String {
            case through = "<="
            case above = ">"
        }

        let filter: String
        let arguments: StatementArguments

        init(stream: String, _ side: Side, _ sequence: UInt64) {
            filter = "stream = ? AND settles_at \(side.rawValue) ?"
            arguments = [stream, Columns.bound(sequence)]
        }

        func isOccupied(_ db: Database) throws -> Bool {
            for table in ["pending_task", "pending_loss", "pending_resolution"] {
                let statement = try db.cachedStatement(
                    sql: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE \(filter))")
                if try Bool.fetchOne(statement, arguments: arguments) == true { return true }
            }
            return false
        }

        /// - Returns: how many rows there were.
        func clear(_ table: String, in db: Database) throws -> Int {
            try db.execute(sql: "DELETE FROM \(table) WHERE \(filter)", arguments: arguments)
            return db.changesCount
        }

        /// How many losses there are, by pipeline.
        func countLosses(in db: Database) throws -> [(pipeline: String, count: Int)] {
            try Row.fetchAll(
                db,
                sql: """
                    SELECT pipeline, COUNT(*) AS count FROM pending_loss WHERE \(filter)
                    GROUP BY pipeline
                    """,
                arguments: arguments
            ).map { ($0["pipeline"], $0["count"]) }
        }

        func moveLosses(at now: Int64, in db: Database) throws {
            try db.execute(
                sql: """
                    INSERT INTO loss (\(Columns.loss), at) SELECT \(Columns.loss), ?
                    FROM pending_loss WHERE \(filter) ORDER BY settles_at, id
                    """,
                arguments: [now] + arguments)
        }

        func revealTasks(at now: Int64, in db: Database) throws -> Int {
            try db.execute(
                sql: """
                    INSERT INTO task
                      (\(Columns.task), state, attempts, parent, created_at, updated_at)
                    SELECT \(Columns.task), 'open', attempts, parent, created_at, ?
                    FROM pending_task WHERE \(filter) ORDER BY settles_at, id
                    """,
                arguments: [now] + arguments)
            return try clear("pending_task", in: db)
        }
    }
}
