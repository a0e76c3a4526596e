import CHost
import Chain
import PluginHost
import SpillwayABI

/// One call of a tier, from its gates ahead to its gates behind: makes the plugin calls, checks that
/// every record was accounted for, and turns what came out into a ``CallResult``.
///
/// Belongs to one lane, which reuses it and its buffers for call after call.
final class TierCall {
    private let frame: CallFrame
    private let gateFrame: CallFrame
    private var fates: [Fate] = []
    private var after = AfterTable()

    /// What became of one row of the call's input.
    private enum Fate: UInt8 {
        case unknown, accepted, rejected, filtered
    }

    init(frame: CallFrame, gateFrame: CallFrame) {
        self.frame = frame
        self.gateFrame = gateFrame
    }

    /// Makes the call.
    ///
    /// - Returns: the result, and whether the breaker counts it as a success, a failure or neither.
    func perform(
        _ call: BatchFlow.Call, on tier: LaneTier, of batch: Batch, context: CallContext
    ) -> CallResult {
        var rejects: [CallResult.Reject] = []
        var records = call.records
        if !tier.before.isEmpty {
            if let failed = judgeBefore(&records, tier, batch, context, &rejects) { return failed }
            if records.isEmpty { return CallResult(rejects: rejects) }
        }
        var result = batch.withSourceInput(records) { input in
            handle(input, tier, batch, context)
        }
        if result.failure == nil { result.rejects.insert(contentsOf: rejects, at: 0) }
        return result
    }

    // MARK: - The tier

    private func handle(
        _ input: BatchInput, _ tier: LaneTier, _ batch: Batch, _ context: CallContext
    ) -> CallResult {
        let setup = context.setup(records: input.ordinals.count)
        let outcome = tier.handler.handle(frame, setup, input.input)
        if let failure = failure(outcome, frame, tier.name) { return CallResult(failure: failure) }
        var result = CallResult()
        if let broken = account(outcome, input, &result) {
            return .failed(.crash, message: "\(tier.name): \(broken)")
        }
        if !tier.after.isEmpty {
            if let failed = judgeAfter(input, tier, context, &result) { return failed }
        }
        keep(input, tier, batch, context, &result)
        return result
    }

    private func failure(
        _ outcome: CallOutcome, _ frame: CallFrame, _ name: String
    ) -> CallResult.Failure? {
        guard outcome.status < 0 else { return nil }
        return CallResult.Failure(
            signal: Signal(rawValue: outcome.signal), retryAfter: outcome.retryAfterNanoseconds,
            message: frame.message.isEmpty ? nil : frame.message)
    }

    /// Checks that each row has exactly one fate.
    ///
    /// - Returns: the rule that was broken, or nil.
    private func account(
        _ outcome: CallOutcome, _ input: BatchInput, _ result: inout CallResult
    ) -> String? {
        let count = input.ordinals.count
        fates.removeAll(keepingCapacity: true)
        fates.append(contentsOf: repeatElement(.unknown, count: count))
        for event in frame.events {
            let index = Int(event.index)
            let ordinal = input.ordinals[index]
            switch event.kind {
            case SPW_EVENT_REJECTED:
                guard fates[index] == .unknown else { continue }
                fates[index] = .rejected
                result.rejects.append(reject(event, ordinal, byGate: false))
            case SPW_EVENT_FILTERED:
                guard fates[index] == .unknown else { continue }
                fates[index] = .filtered
                result.filtered.append(ordinal)
            default: continue
            }
        }
        if outcome.status == SPW_UNCHANGED {
            guard frame.results.isEmpty else { return "it wrote output and said unchanged" }
            for index in fates.indices where fates[index] == .unknown { fates[index] = .accepted }
            return nil
        }
        for row in frame.results {
            let index = Int(row.index)
            switch fates[index] {
            case .unknown: fates[index] = .accepted
            case .accepted: derive(input.ordinals[index], &result)
            case .rejected, .filtered:
                return "record \(input.ordinals[index]) came out and was rejected or filtered too"
            }
        }
        if let lost = fates.firstIndex(of: .unknown) {
            return "it did not account for record \(input.ordinals[lost])"
        }
        return nil
    }

    private func derive(_ ordinal: UInt32, _ result: inout CallResult) {
        if result.derived.last?.ordinal == ordinal {
            result.derived[result.derived.count - 1].extra += 1
        } else {
            result.derived.append(CallResult.Derived(ordinal: ordinal, extra: 1))
        }
    }

    private func reject(
        _ event: spw_event, _ ordinal: UInt32, byGate: Bool
    ) -> CallResult.Reject {
        CallResult.Reject(
            ordinal: ordinal,
            signal: event.signal == 0 ? .unrecoverable : Signal(rawValue: event.signal),
            byGate: byGate,
            pointer: event.pointer.size == 0 ? nil : String(event.pointer),
            message: event.reason.size == 0 ? nil : String(event.reason))
    }

    // MARK: - Gates

    private func judgeBefore(
        _ records: inout [UInt32], _ tier: LaneTier, _ batch: Batch, _ context: CallContext,
        _ rejects: inout [CallResult.Reject]
    ) -> CallResult? {
        for gate in tier.before {
            let failed: CallResult? = batch.withSourceInput(records) { input in
                let setup = context.setup(records: records.count)
                let outcome = gate.validate(
                    gateFrame, setup, before: input.input, after: nil, events: [])
                if let failure = failure(outcome, gateFrame, tier.name) {
                    return CallResult(failure: failure)
                }
                for event in gateFrame.events where event.kind == SPW_EVENT_REJECTED {
                    let ordinal = records[Int(event.index)]
                    if rejects.last?.ordinal != ordinal {
                        rejects.append(reject(event, ordinal, byGate: true))
                    }
                }
                return nil
            }
            if let failed { return failed }
            let gone = Set(rejects.map(\.ordinal))
            records.removeAll { gone.contains($0) }
            if records.isEmpty { return nil }
        }
        return nil
    }

    private func judgeAfter(
        _ input: BatchInput, _ tier: LaneTier, _ context: CallContext, _ result: inout CallResult
    ) -> CallResult? {
        after.fill(from: frame, input: input) { self.fates[$0] == .accepted }
        guard !after.rows.isEmpty else { return nil }
        for gate in tier.after {
            let failed: CallResult? = after.withInput(like: input.input) { rows in
                let setup = context.setup(records: after.rows.count)
                let outcome = gate.validate(
                    gateFrame, setup, before: input.input, after: rows, events: frame.events)
                if let failure = failure(outcome, gateFrame, tier.name) {
                    return CallResult(failure: failure)
                }
                for event in gateFrame.events where event.kind == SPW_EVENT_REJECTED {
                    let index = after.rows[Int(event.index)]
                    guard fates[index] == .accepted else { continue }
                    fates[index] = .rejected
                    result.rejects.append(reject(event, input.ordinals[index], byGate: true))
                }
                return nil
            }
            if let failed { return failed }
        }
        return nil
    }

    // MARK: - What is kept

    /// Keeps outputs and events of the accepted rows.
    private func keep(
        _ input: BatchInput, _ tier: LaneTier, _ batch: Batch, _ context: CallContext,
        _ result: inout CallResult
    ) {
        let bytes = frame.bytes
        var last: UInt32?
        for row in frame.results where fates[Int(row.index)] == .accepted && !row.passed {
            let part = UnsafeRawBufferPointer(
                rebasing: bytes[Int(row.offset)..<Int(row.offset + row.length)])
            batch.keep(
                input.ordinals[Int(row.index)], part, operation: row.operation,
                isFirst: last != row.index)
            last = row.index
        }
        var degraded: UInt32?
        for event in frame.events where fates[Int(event.index)] == .accepted {
            let ordinal = input.ordinals[Int(event.index)]
            guard let change = ValueChange(event) else { continue }
            change.record(in: batch, ordinal: ordinal, tier: tier.name, attempt: context.attempt)
            if change.degrades, degraded != ordinal {
                result.degraded.append(ordinal)
                degraded = ordinal
            }
        }
    }
}

/// The rows that came out of a tier, as an input for the gates behind it.
private struct AfterTable {
    /// The input row of each row.
    private(set) var rows: [Int] = []
    private var table: [spw_record] = []
    private var bytes: [UInt8] = []

    mutating func fill(from frame: CallFrame, input: BatchInput, where isAccepted: (Int) -> Bool) {
        rows.removeAll(keepingCapacity: true)
        table.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        let source = input.input.pointee
        if frame.results.isEmpty {
            for index in input.ordinals.indices where isAccepted(index) {
                append(source.records[index], of: source, row: index)
            }
            return
        }
        let output = frame.bytes
        for row in frame.results where isAccepted(Int(row.index)) {
            let record = source.records[Int(row.index)]
            if row.passed {
                append(record, of: source, row: Int(row.index))
            } else {
                let part = output[Int(row.offset)..<Int(row.offset + row.length)]
                append(record, UnsafeRawBufferPointer(rebasing: part), row: Int(row.index))
            }
        }
    }

    private mutating func append(_ record: spw_record, of source: spw_input, row: Int) {
        append(
            record,
            UnsafeRawBufferPointer(
                start: source.bytes.data + Int(record.offset), count: Int(record.length)),
            row: row)
    }

    private mutating func append(
        _ record: spw_record, _ content: UnsafeRawBufferPointer, row: Int
    ) {
        var moved = record
        moved.offset = UInt64(bytes.count)
        moved.length = UInt64(content.count)
        rows.append(row)
        table.append(moved)
        bytes.append(contentsOf: content)
    }

    func withInput<Result>(
        like source: UnsafePointer<spw_input>, _ body: (UnsafePointer<spw_input>) -> Result
    ) -> Result {
        table.withUnsafeBufferPointer { table in
            bytes.withUnsafeBufferPointer { bytes in
                var input = source.pointee
                input.record_count = UInt32(table.count)
                input.records = table.baseAddress
                input.bytes = spw_bytes(data: bytes.baseAddress, size: bytes.count)
                input.total_size = UInt64(bytes.count)
                return withUnsafePointer(to: &input, body)
            }
        }
    }
}
