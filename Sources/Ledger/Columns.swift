internal import Foundation
internal import GRDB

/// Values on their way into and out of columns.
enum Columns {
    /// The columns of a task's content, in the order of ``values(_:)``.
    static let task = """
        pipeline, source, key, sequence, operation, store, object, sha256, length, media_type,
        contract_name, contract_sha256, signal, reason, history, batch_id, tier
        """
    static let taskPlaces = places(17)

    /// The columns of a loss, in the order of ``values(_:)``.
    static let loss = """
        pipeline, key, sequence, pointer, kind, loss, before, after, reason, tier, attempt, batch_id
        """
    static let lossPlaces = places(12)

    static func places(_ count: Int) -> String {
        Array(repeating: "?", count: count).joined(separator: ", ")
    }

    static func values(_ task: NewTask) throws -> [(any DatabaseValueConvertible)?] {
        guard task.sha256.count == 32 else {
            throw LedgerError(
                .invalid, "task \(task.key): a SHA-256 has 32 bytes, this one \(task.sha256.count)")
        }
        return [
            task.pipeline, task.source, task.key,
            try number(task.sequence, "sequence", of: task.key), task.operation, task.store,
            task.object, Data(task.sha256),
            try number(task.length, "length", of: task.key), task.mediaType, task.contract?.name,
            task.contract?.sha256, task.signal, task.reason, task.history, task.batchID, task.tier,
        ]
    }

    static func values(_ loss: LossEntry) throws -> [(any DatabaseValueConvertible)?] {
        [
            loss.pipeline, loss.key, try number(loss.sequence, "sequence", of: loss.key),
            loss.pointer, loss.kind.rawValue, loss.loss, loss.before, loss.after, loss.reason,
            loss.tier, loss.attempt, loss.batchID,
        ]
    }

    /// SQLite's integers have a sign.
    static func number(_ value: UInt64, _ what: String, of key: String) throws -> Int64 {
        guard let number = Int64(exactly: value) else {
            throw LedgerError(.invalid, "\(key): the \(what) \(value) is above \(Int64.max)")
        }
        return number
    }

    /// A bound to compare with: nothing that is kept is above the largest of SQLite's integers.
    static func bound(_ value: UInt64) -> Int64 {
        Int64(clamping: value)
    }
}

extension NewTask {
    init(_ row: Row) {
        let contractName: String? = row["contract_name"]
        self.init(
            pipeline: row["pipeline"], source: row["source"], key: row["key"],
            sequence: UInt64(bitPattern: row["sequence"]), operation: row["operation"],
            store: row["store"], object: row["object"], sha256: Array(row["sha256"] as Data),
            length: UInt64(bitPattern: row["length"]), mediaType: row["media_type"],
            contract: contractName.map {
                ContractReference(name: $0, sha256: row["contract_sha256"] ?? "")
            },
            signal: row["signal"], reason: row["reason"], history: row["history"],
            batchID: row["batch_id"], tier: row["tier"])
    }
}

extension DeferredTask {
    init(_ row: Row) {
        self.init(
            id: row["id"], content: NewTask(row), state: State(rawValue: row["state"]),
            attempts: row["attempts"], parent: row["parent"], outcome: row["outcome"],
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}

extension LossEntry {
    init(_ row: Row) {
        self.init(
            pipeline: row["pipeline"], key: row["key"],
            sequence: UInt64(bitPattern: row["sequence"]), pointer: row["pointer"],
            kind: Kind(rawValue: row["kind"]), loss: row["loss"], before: row["before"],
            after: row["after"], reason: row["reason"], tier: row["tier"], attempt: row["attempt"],
            batchID: row["batch_id"])
    }
}

extension AuditEntry {
    init(_ row: Row) {
        self.init(
            id: row["id"], at: row["at"], actor: row["actor"], action: row["action"],
            taskID: row["task"], pipeline: row["pipeline"], key: row["key"],
            sha256: Array(row["sha256"] as Data), reason: row["reason"])
    }
}
