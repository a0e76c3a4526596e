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
            try name(task.pipeline), try name(task.source), try name(task.key),
            try number(task.sequence, "sequence", of: task.key), task.operation,
            try name(task.store), try name(task.object), Data(task.sha256),
            try number(task.length, "length", of: task.key), words(task.mediaType),
            try task.contract.map { try name($0.name) },
            try task.contract.map { try name($0.sha256) },
            try name(task.signal), words(task.reason), words(task.history), words(task.batchID),
            try name(task.tier),
        ]
    }

    static func values(_ loss: LossEntry) throws -> [(any DatabaseValueConvertible)?] {
        [
            try name(loss.pipeline), try name(loss.key),
            try number(loss.sequence, "sequence", of: loss.key), words(loss.pointer),
            loss.kind.rawValue, loss.loss, words(loss.before), words(loss.after),
            words(loss.reason), try name(loss.tier), loss.attempt, words(loss.batchID),
        ]
    }

    /// A text that means something: SQLite would cut it off at a NUL, so one with a NUL is refused.
    private static func name(_ text: String) throws -> String {
        guard !text.utf8.contains(0) else {
            throw LedgerError(.invalid, "\(words(text)): a name can't hold a NUL")
        }
        return text
    }

    /// A text for people: a NUL becomes its picture.
    static func words(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(text.map { $0 == "\0" ? "\u{2400}" : $0 })
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
