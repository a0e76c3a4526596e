internal import GRDB

extension Ledger {
    /// Puts down what a reconciliation's batch made of its tasks, ahead of the sink's commit.
    ///
    /// ``settle(stream:upTo:)`` of that stream carries them out, ``discardPending(stream:above:)``
    /// forgets them: so a crash between the sink's commit and its settling repeats nothing. A batch
    /// that comes again replaces what it had staged.
    ///
    /// - Parameters:
    ///   - stream: the reconciler's own.
    ///   - sequence: the number of its batch.
    ///   - losses: single losses of the records that the batch delivers; they settle with it.
    /// - Throws: `invalid` when a task is not there or not open.
    public func stageResolutions(
        stream: String, sequence: UInt64, _ resolutions: [Resolution], losses: [LossEntry] = []
    ) throws(LedgerError) {
        try write("stage resolutions") { db in
            let place = try Columns.number(sequence, "sequence", of: stream)
            for resolution in resolutions {
                try Self.stage(resolution, stream: stream, at: place, in: db)
            }
            try db.execute(
                sql: "DELETE FROM pending_loss WHERE stream = ? AND settles_at = ?",
                arguments: [stream, place])
            try Pending.insert(losses, stream: stream, in: db) { _ in place }
        }
    }

    private static func stage(
        _ resolution: Resolution, stream: String, at place: Int64, in db: Database
    ) throws {
        let id = resolution.taskID
        guard let task = try tasks(TaskFilter(ids: [id]), in: db).first, task.state.isOpen else {
            throw LedgerError(.invalid, "task \(id) can't be reconciled: it is not open")
        }
        try db.execute(
            sql: "DELETE FROM pending_task WHERE stream = ? AND parent = ?",
            arguments: [stream, id])
        var columns: [(any DatabaseValueConvertible)?] = [stream, id, place]
        switch resolution {
        case .delivered(_, let outcome):
            columns += ["delivered", outcome, nil, nil, nil]
        case .failed(_, let signal, let reason, let history):
            columns += ["failed", nil, signal, Columns.words(reason), Columns.words(history)]
        case .remainder(_, let rest):
            columns += ["replaced", nil, nil, nil, nil]
            for new in rest {
                try Pending.insert(
                    new, stream: stream, at: place, attempts: Int64(task.attempts) + 1, parent: id,
                    createdAt: task.createdAt, in: db)
            }
        }
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO pending_resolution
                  (stream, task, settles_at, kind, outcome, signal, reason, history)
                VALUES (\(Columns.places(8)))
                """,
            arguments: StatementArguments(columns))
    }
}

extension Pending.Place {
    /// Carries out what was staged. The rest of a replaced task is revealed like any pending task.
    func applyResolutions(at now: Int64, in db: Database) throws -> Int {
        try db.execute(
            sql: """
                UPDATE task SET updated_at = ?,
                  state = CASE staged.kind WHEN 'failed' THEN task.state ELSE staged.kind END,
                  attempts = attempts + (staged.kind = 'failed'), outcome = staged.outcome,
                  signal = COALESCE(staged.signal, task.signal),
                  reason = COALESCE(staged.reason, task.reason),
                  history = COALESCE(staged.history, task.history)
                FROM (SELECT * FROM pending_resolution WHERE \(filter)) AS staged
                WHERE task.id = staged.task
                """,
            arguments: [now] + arguments)
        return try clear("pending_resolution", in: db)
    }
}
