import Chain
import Ledger
import PluginHost
import SpillwayABI

/// One stream's way into the sink: prepares, commits and settles one batch at a time, in order.
///
/// Owns the sink instance, the stream's totals and the mark. Belongs to one thread.
final class Delivery {
    /// What differs between a run and a reconcile.
    protocol Books: AnyObject {
        /// Puts tasks for these deferred records into the ledger, invisible as yet.
        func queue(_ ordinals: [UInt32], of batch: Batch) throws(RunError)
        /// Called once outcomes are known, ahead of the commit.
        func beforeCommit(_ batch: Batch, mark sequence: UInt64) throws(RunError)
        /// Makes what belongs to the batch visible; its mark is durable.
        func settle(_ batch: Batch, mark sequence: UInt64) throws(RunError)
        /// Everything of the batch has its durable end.
        func acknowledge(_ batch: Batch) throws(RunError)
    }

    /// How far a delivery came.
    enum Progress {
        case done
        case waiting(until: UInt64)
        case held(BatchFlow.Hold)
    }

    let stream: String
    let sink: SinkInstance
    /// Totals of the stream, those of the batch under way not yet included.
    private(set) var mark: MarkData
    private(set) var sequence: UInt64
    private let settings: Settings
    private let names: [String]
    private let frame = CallFrame()
    private let lane: Lane
    private let arbiter: Arbiter
    private var attemptKey = AttemptKey()
    private var outcomes: [UInt8] = []
    private var preparedRows: [UInt32] = []
    private var prepared: Outcomes = Outcomes()

    /// The sink's part of the configuration.
    struct Settings {
        var name: PinnedText
        var stream: PinnedText
        var deadline: UInt64
        var budget: UInt64
        var gate: NodeSwitch
    }

    init(
        stream: String, sink: SinkInstance, settings: Settings, nodeNames: [String], lane: Lane,
        arbiter: Arbiter
    ) throws(RunError) {
        self.stream = stream
        self.sink = sink
        self.settings = settings
        names = nodeNames
        self.lane = lane
        self.arbiter = arbiter
        mark = MarkData()
        sequence = 0
        try readMark()
    }

    /// Takes the stream's position from the sink, whose word counts.
    private func readMark() throws(RunError) {
        guard let (found, data) = try position(of: stream) else {
            mark = MarkData()
            sequence = 0
            return
        }
        do {
            mark = try MarkData.decoded(data)
        } catch {
            throw RunError(
                .state,
                "the mark that the sink keeps for \(stream) can't be read (\(error)); was it written"
                    + " by a newer Spillway?")
        }
        sequence = found
    }

    /// The sequence of any stream's mark; 0 where the sink has none.
    func sequence(of stream: String) throws(RunError) -> UInt64 {
        try position(of: stream)?.sequence ?? 0
    }

    private func position(
        of stream: String
    ) throws(RunError) -> (sequence: UInt64, data: [UInt8])? {
        let patience = RetryPolicy(attempts: 8, base: 100_000_000, cap: 1_000_000_000)
        var random = SplitMix64(seed: MonotonicClock.now())
        for attempt in 1...patience.attempts {
            let setup = setup(attempt: attempt, key: spw_str(), records: 0)
            switch sink.position(frame, setup, stream: stream) {
            case .none: return nil
            case .mark(let sequence, let data): return (sequence, data)
            case .failed(let outcome):
                let signal = Signal(rawValue: outcome.signal)
                guard signal.signalClass == .dependency, attempt < patience.attempts else {
                    throw RunError(
                        .sink,
                        "the sink can't say how far \(stream) has come: \(signal.name):"
                            + " \(frame.message)")
                }
                let wait = patience.delay(
                    attempt: attempt, retryAfter: outcome.retryAfterNanoseconds, using: &random)
                Pause.until(MonotonicClock.now() &+ wait, orWhen: { false })
            }
        }
        return nil
    }

    private func setup(attempt: UInt32, key: spw_str, records: Int, batch: Batch? = nil)
        -> CallSetup
    {
        let deadline = settings.deadline
        return CallContext(
            tier: settings.name.view, batchID: batch?.pinnedID.view ?? settings.stream.view,
            attemptKey: key, attempt: attempt,
            deadline: deadline == 0 ? 0 : MonotonicClock.now() &+ deadline, budget: settings.budget
        ).setup(records: records)
    }

    /// Goes on with a batch until it is done or has to wait.
    ///
    /// - Parameters:
    ///   - markSequence: the sequence that the sink's mark gets with this batch.
    ///   - position: where its source goes on after this batch.
    func run(
        _ batch: Batch, markSequence: UInt64, position: (source: String, bytes: [UInt8])?,
        books: any Books
    ) throws(RunError) -> Progress {
        while true {
            switch batch.flow.next(now: MonotonicClock.now()) {
            case .call(let call): prepare(call, batch)
            case .persist(let persist):
                guard lane.persist(persist, batch) else {
                    return .waiting(until: MonotonicClock.now() &+ Lane.pauseWhenFull)
                }
            case .wait(let until): return .waiting(until: until)
            case .hold(let hold): return .held(hold)
            case .ready: batch.flow.deliver()
            case .queue(let ordinals):
                try books.queue(ordinals, of: batch)
                batch.flow.tasksQueued(ordinals)
            case .commit:
                try books.beforeCommit(batch, mark: markSequence)
                try commit(batch, markSequence, position)
            case .askPosition:
                try askPosition(batch, markSequence, position)
            case .settle:
                try books.settle(batch, mark: markSequence)
                batch.flow.settled()
            case .acknowledge:
                try books.acknowledge(batch)
                batch.flow.acknowledged()
            case .done: return .done
            }
        }
    }

    // MARK: - Prepare

    private func prepare(_ call: BatchFlow.Call, _ batch: Batch) {
        let now = MonotonicClock.now()
        let result: CallResult
        switch settings.gate.enter(now: now) {
        case .open: result = .failed(.breakerOpen, message: "the sink's breaker is open")
        case .full: result = .failed(.backpressure, message: "the sink is in a call")
        case .permitted(let permit):
            result = batch.withSinkInput(call.records) { prepare(call, $0, batch) }
            settings.gate.leave(
                permit, Breaker.Outcome(result, records: call.records.count),
                now: MonotonicClock.now())
        }
        arbiter.report(result, of: batch)
    }

    private func prepare(
        _ call: BatchFlow.Call, _ input: BatchInput, _ batch: Batch
    ) -> CallResult {
        outcomes = Array(repeating: 0, count: input.ordinals.count)
        preparedRows = input.ordinals
        prepared = Outcomes()
        let first = batch.records[Int(call.records[0])].key
        let outcome = attemptKey.with(first, attempt: call.attempt) { key in
            let rows = input.ordinals.count
            let setup = setup(attempt: call.attempt, key: key, records: rows, batch: batch)
            if call.via != nil { sink.reset(frame, setup) }
            return outcomes.withUnsafeMutableBufferPointer {
                sink.prepare(frame, setup, stream: stream, input: input.input, outcomes: $0)
            }
        }
        if outcome.status < 0 {
            return .failed(
                Signal(rawValue: outcome.signal), retryAfter: outcome.retryAfterNanoseconds,
                message: frame.message.isEmpty ? nil : frame.message)
        }
        var result = CallResult()
        result.rejects = rejects(input)
        if result.rejects.isEmpty {
            if let broken = countOutcomes() { result = .failed(.crash, message: broken) }
        }
        if result != .allAccepted { abort(batch) }
        return result
    }

    private func rejects(_ input: BatchInput) -> [CallResult.Reject] {
        var rejects: [CallResult.Reject] = []
        for event in frame.events where event.kind == SPW_EVENT_REJECTED {
            let ordinal = input.ordinals[Int(event.index)]
            guard !rejects.contains(where: { $0.ordinal == ordinal }) else { continue }
            rejects.append(
                CallResult.Reject(
                    ordinal: ordinal,
                    signal: event.signal == 0 ? .unrecoverable : Signal(rawValue: event.signal),
                    pointer: event.pointer.size == 0 ? nil : String(event.pointer),
                    message: event.reason.size == 0 ? nil : String(event.reason)))
        }
        return rejects
    }

    private func countOutcomes() -> String? {
        for (row, outcome) in outcomes.enumerated() {
            switch Int32(outcome) {
            case SPW_OUTCOME_INSERTED: prepared.inserted += 1
            case SPW_OUTCOME_UPDATED: prepared.updated += 1
            case SPW_OUTCOME_UNCHANGED: prepared.unchanged += 1
            case SPW_OUTCOME_DELETED: prepared.deleted += 1
            case SPW_OUTCOME_SUPERSEDED: prepared.superseded += 1
            default: return "the sink neither took nor rejected row \(row)"
            }
        }
        return nil
    }

    /// What the sink made of a record of the batch that is prepared.
    func preparedOutcome(of ordinal: UInt32) -> String? {
        guard let row = preparedRows.firstIndex(of: ordinal) else { return nil }
        switch Int32(outcomes[row]) {
        case SPW_OUTCOME_INSERTED: return "inserted"
        case SPW_OUTCOME_UPDATED: return "updated"
        case SPW_OUTCOME_UNCHANGED: return "unchanged"
        case SPW_OUTCOME_DELETED: return "deleted"
        case SPW_OUTCOME_SUPERSEDED: return "superseded"
        default: return nil
        }
    }

    private func abort(_ batch: Batch) {
        let setup = setup(attempt: 1, key: spw_str(), records: 0, batch: batch)
        sink.abort(frame, setup, stream: stream)
    }

    // MARK: - Commit

    /// The mark with this batch in it, once its sums were found right.
    private func nextMark(
        _ batch: Batch, _ position: (source: String, bytes: [UInt8])?
    ) throws(RunError) -> MarkData {
        let sums = batch.flow.sums(
            outcomes: batch.flow.readyRecords.isEmpty ? Outcomes() : prepared)
        if let fault = sums.fault {
            throw RunError(
                .sums, "batch \(batch.id): \(fault). Nothing of it was committed; please report it."
            )
        }
        var next = mark
        if let position { next.sources[position.source] = position.bytes }
        next.totals.add(batch, sums: sums, names: names)
        return next
    }

    private func commit(
        _ batch: Batch, _ markSequence: UInt64, _ position: (source: String, bytes: [UInt8])?
    ) throws(RunError) {
        let next = try nextMark(batch, position)
        let data: [UInt8]
        do { data = try next.encoded() } catch { throw RunError(.state, "the mark: \(error)") }
        let setup = setup(attempt: 1, key: spw_str(), records: 0, batch: batch)
        let outcome = sink.commit(frame, setup, stream: stream, sequence: markSequence, data: data)
        if outcome.status >= 0 {
            accept(next, markSequence, batch)
            return
        }
        let failure = CallResult.Failure(
            signal: Signal(rawValue: outcome.signal), retryAfter: outcome.retryAfterNanoseconds,
            message: "commit: \(frame.message)")
        if failure.signal.signalClass != .unknown { abort(batch) }
        arbiter.commitFailed(failure, of: batch)
    }

    private func accept(_ next: MarkData, _ markSequence: UInt64, _ batch: Batch) {
        let outcomes = batch.flow.readyRecords.isEmpty ? Outcomes() : prepared
        mark = next
        sequence = markSequence
        batch.flow.committed(outcomes)
    }

    /// A commit whose end is not known: the sink's own position tells.
    private func askPosition(
        _ batch: Batch, _ markSequence: UInt64, _ position: (source: String, bytes: [UInt8])?
    ) throws(RunError) {
        let next = try nextMark(batch, position)
        try readMark()
        if sequence >= markSequence {
            accept(next, markSequence, batch)
        } else {
            batch.flow.positionKnown(isCommitted: false, outcomes: Outcomes())
        }
    }
}

extension Totals {
    /// Adds a batch whose ends are known.
    mutating func add(_ batch: Batch, sums batchSums: Sums, names: [String]) {
        sums += batchSums
        let flow = batch.flow
        for (transition, count) in flow.transitions {
            let step = StepDown(
                from: names[transition.from], signal: transition.signal.name,
                to: names[transition.to])
            transitions[step, default: 0] += count
        }
        for (ordinal, node) in flow.deliveredBy.enumerated() {
            guard let node, flow.ends[ordinal] == .ready else { continue }
            deliveredBy[names[node], default: 0] += 1 + UInt64(flow.derived[UInt32(ordinal)] ?? 0)
        }
        for (key, count) in batch.account.counts(where: { flow.ends[Int($0)] == .ready }) {
            self.count(
                Change(kind: key.kind.rawValue, pointer: key.pointer, loss: key.loss.name), count)
        }
    }
}
