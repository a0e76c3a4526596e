internal import Foundation
internal import GRDB

extension Ledger {
    /// Ends tasks for good, audited. Their bytes stay in the store until nothing needs them
    /// (``openReferences(store:object:)``).
    ///
    /// Skipped, each with the reason why: ids that are not there, tasks at their end already, and
    /// tasks that a reconciliation has in hand.
    @discardableResult
    public func drop(
        ids: [Int64], reason: String, actor: String
    ) throws(LedgerError) -> AuditedChange {
        try change(
            ids, Action(name: "drop", from: [.open, .parked], to: .dropped), reason: reason,
            actor: actor)
    }

    /// Takes open tasks out of what is reconciled, audited.
    @discardableResult
    public func park(
        ids: [Int64], reason: String, actor: String
    ) throws(LedgerError) -> AuditedChange {
        try change(
            ids, Action(name: "park", from: [.open], to: .parked), reason: reason, actor: actor)
    }

    /// Opens parked tasks again, audited.
    @discardableResult
    public func reopen(
        ids: [Int64], reason: String, actor: String
    ) throws(LedgerError) -> AuditedChange {
        try change(
            ids, Action(name: "reopen", from: [.parked], to: .open), reason: reason, actor: actor)
    }

    /// What was done to tasks, the newest first.
    public func audit(limit: Int = 100) throws(LedgerError) -> [AuditEntry] {
        try read("read its audit") { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM audit ORDER BY id DESC LIMIT ?", arguments: [limit]
            ).map { AuditEntry($0) }
        }
    }

    private struct Action {
        var name: String
        var from: Set<DeferredTask.State>
        var to: DeferredTask.State
    }

    private func change(
        _ ids: [Int64], _ action: Action, reason: String, actor: String
    ) throws(LedgerError) -> AuditedChange {
        let now = clock()
        return try write("\(action.name) tasks") { db in
            var result = AuditedChange(changed: [], skipped: [:])
            let found = try Self.tasks(TaskFilter(ids: ids), in: db)
            for id in Set(ids).subtracting(found.map(\.id)) {
                result.skipped[id] = "there is no task \(id)"
            }
            for var task in found {
                if let why = try Self.obstacle(to: action, task, in: db) {
                    result.skipped[task.id] = why
                    continue
                }
                task.state = action.to
                task.updatedAt = now
                try Self.store(task, in: db)
                try Self.note(task, action, reason: reason, actor: actor, in: db)
                result.changed.append(task)
            }
            return result
        }
    }

    private static func obstacle(
        to action: Action, _ task: DeferredTask, in db: Database
    ) throws -> String? {
        guard action.from.contains(task.state) else {
            return "task \(task.id) is \(task.state.rawValue) already"
        }
        let isInHand = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM pending_resolution WHERE task = ?)",
            arguments: [task.id])
        return isInHand == true
            ? "task \(task.id) is being reconciled: try again when that has ended" : nil
    }

    private static func store(_ task: DeferredTask, in db: Database) throws {
        try db.execute(
            sql: "UPDATE task SET state = ?, updated_at = ? WHERE id = ?",
            arguments: [task.state.rawValue, task.updatedAt, task.id])
    }

    private static func note(
        _ task: DeferredTask, _ action: Action, reason: String, actor: String, in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO audit (at, actor, action, task, pipeline, key, sha256, reason)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                task.updatedAt, actor, action.name, task.id, task.content.pipeline,
                task.content.key, Data(task.content.sha256), reason,
            ])
    }
}
