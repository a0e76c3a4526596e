import Chain
import Foundation
import Ledger
import SpillwayABI

/// Makes ledger entries of a batch's deferred records and single losses.
struct TaskWriter: Sendable {
    var pipeline: String
    var contract: ContractReference?
    /// Names of the graph's nodes.
    var names: [String]

    /// One line of a history, as it is kept.
    private struct Line: Codable {
        var tier: String
        var attempt: UInt32
        var signal: String
        var pointer: String?
        var message: String?
        /// Milliseconds since 1970-01-01 UTC.
        var at: Int64
    }

    /// The task of a deferred record.
    ///
    /// - Parameter source: the name of the source it came from.
    func task(_ ordinal: UInt32, of batch: Batch, source: String) -> NewTask? {
        guard case .deferred(let node) = batch.flow.ends[Int(ordinal)],
            let stored = batch.stored[ordinal]
        else { return nil }
        let record = batch.records[Int(ordinal)]
        let steps = batch.flow.histories[ordinal] ?? []
        let last = steps.last
        return NewTask(
            pipeline: pipeline, source: source, key: batch.key(ordinal), sequence: record.sequence,
            operation: record.operation, store: stored.store, object: stored.object,
            sha256: stored.sha256, length: stored.length, mediaType: batch.rawMediaType,
            contract: contract, signal: (last?.signal ?? .unrecoverable).name,
            reason: reason(last), history: history(steps), batchID: batch.id, tier: names[node])
    }

    /// The last reason in words: where, then what.
    func reason(_ step: Step?) -> String {
        guard let step else { return "" }
        let message = step.message ?? step.signal.name
        guard let pointer = step.pointer, !message.hasPrefix(pointer) else { return message }
        return "\(pointer): \(message)"
    }

    /// The whole history as a JSON array.
    func history(_ steps: [Step]) -> String {
        let offset = WallClock.now() - Int64(clamping: MonotonicClock.now())
        let lines = steps.map { step in
            Line(
                tier: names[step.node], attempt: step.attempt, signal: step.signal.name,
                pointer: step.pointer, message: step.message,
                at: (Int64(clamping: step.at) + offset) / 1_000_000)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(lines) else { return "[]" }
        return String(decoding: data, as: UTF8.self)
    }

    /// The single losses of records that are about to be delivered.
    func losses(of batch: Batch) -> [LossEntry] {
        batch.account.losses.compactMap { loss in
            guard batch.flow.ends[Int(loss.ordinal)] == .ready else { return nil }
            return LossEntry(
                pipeline: pipeline, key: batch.key(loss.ordinal),
                sequence: batch.records[Int(loss.ordinal)].sequence, pointer: loss.key.pointer,
                kind: LossEntry.Kind(rawValue: loss.key.kind.rawValue), loss: loss.key.loss.name,
                before: loss.before, after: loss.after, reason: loss.reason, tier: loss.tier,
                attempt: loss.attempt, batchID: batch.id)
        }
    }
}

/// The books of a run: tasks and losses are pending until the sink's mark is beyond them.
final class RunBooks: Delivery.Books {
    private let stream: String
    private let ledger: Ledger
    private let writer: TaskWriter
    private let readers: [SourceReader]

    init(stream: String, ledger: Ledger, writer: TaskWriter, readers: [SourceReader]) {
        self.stream = stream
        self.ledger = ledger
        self.writer = writer
        self.readers = readers
    }

    func queue(_ ordinals: [UInt32], of batch: Batch) throws(RunError) {
        let source = readers[batch.source].name
        let tasks = ordinals.compactMap { writer.task($0, of: batch, source: source) }
        guard tasks.count == ordinals.count else {
            throw RunError(.state, "batch \(batch.id): a deferred record has no stored bytes")
        }
        try RunError.wrapping { () throws(LedgerError) in
            try ledger.addPending(stream: stream, tasks: tasks)
        }
    }

    func beforeCommit(_ batch: Batch, mark sequence: UInt64) throws(RunError) {
        let losses = writer.losses(of: batch)
        guard !losses.isEmpty else { return }
        try RunError.wrapping { () throws(LedgerError) in
            try ledger.addPending(stream: stream, tasks: [], losses: losses)
        }
    }

    func settle(_ batch: Batch, mark sequence: UInt64) throws(RunError) {
        try RunError.wrapping { () throws(LedgerError) in
            _ = try ledger.settle(stream: stream, upTo: sequence)
        }
    }

    func acknowledge(_ batch: Batch) throws(RunError) {
        try readers[batch.source].acknowledge(batch.position)
    }
}

extension RunError {
    /// Runs ledger work; what it throws ends the run.
    static func wrapping<Value>(
        _ body: () throws(LedgerError) -> Value
    ) throws(RunError) -> Value {
        do {
            return try body()
        } catch {
            throw RunError(.state, error.message)
        }
    }
}
