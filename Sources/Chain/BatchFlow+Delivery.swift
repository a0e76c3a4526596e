/// What the sink made of a batch's records.
public struct Outcomes: Sendable, Equatable, Codable {
    public var inserted: UInt64 = 0
    public var updated: UInt64 = 0
    public var unchanged: UInt64 = 0
    public var deleted: UInt64 = 0
    public var superseded: UInt64 = 0

    public init() {}

    /// All of them.
    public var total: UInt64 { inserted + updated + unchanged + deleted + superseded }
}

/// Waits between tries that have no end: a store that is full, a commit that the target refuses for
/// now. Nothing may be dropped, so there is no last try.
private let endlessRetry = RetryPolicy(
    attempts: .max, base: 100_000_000, cap: 10_000_000_000, halves: false)

extension BatchFlow {
    /// The records that wait for the sink, in their order.
    public var readyRecords: [UInt32] {
        (0..<UInt32(count)).filter { ends[Int($0)] == .ready }
    }

    /// The batch's turn at the sink has come.
    public mutating func deliver() {
        guard phase == .ready else { return }
        phase = .delivering
        prepareAgain(notBefore: 0)
    }

    private mutating func prepareAgain(notBefore: UInt64) {
        let records = readyRecords
        guard !records.isEmpty else { return }
        groups.append(
            Group(node: plan.sink, via: nil, attempt: 1, notBefore: notBefore, records: records))
    }

    /// Reports that the bytes of the records that ``next(now:)`` named are stored and synced.
    public mutating func persisted() {
        guard let group = running else { return }
        running = nil
        stalled = nil
        for ordinal in group.records { end(ordinal, as: .deferred(group.node)) }
    }

    /// Reports that the store failed: the records go to the next store in line, or wait for this one
    /// without end. They are never dropped.
    public mutating func persistFailed(
        _ failure: CallResult.Failure, now: UInt64, using random: inout some RandomNumberGenerator
    ) {
        guard let group = running else { return }
        running = nil
        for ordinal in group.records where group.attempt == 1 {
            histories[ordinal, default: []].append(
                Step(
                    node: group.node, attempt: group.attempt, signal: failure.signal, at: now,
                    message: failure.message))
        }
        if plan.graph.next(after: group.node, on: failure.signal) != nil {
            stepDown(group.records, from: group.node, on: failure.signal)
            return
        }
        stalled = Hold(node: group.node, signal: failure.signal, message: failure.message)
        var again = group
        let wait = endlessRetry.delay(
            attempt: group.attempt, retryAfter: failure.retryAfter, using: &random)
        again.notBefore = now &+ wait
        again.attempt = group.attempt == .max ? .max : group.attempt + 1
        groups.append(again)
    }

    /// Reports that the tasks of these records are in the ledger, invisible as yet.
    public mutating func tasksQueued(_ records: [UInt32]) {
        for ordinal in records { queued[Int(ordinal)] = true }
    }

    /// Reports that rows and mark are durable.
    ///
    /// - Parameter outcomes: what the sink made of the records it was given.
    public mutating func committed(_ outcomes: Outcomes) {
        guard phase == .committing || phase == .asking else { return }
        self.outcomes = outcomes
        stalled = nil
        for ordinal in readyRecords { ends[Int(ordinal)] = .delivered }
        phase = .settling
    }

    /// Reports that the commit failed. The runtime has aborted what was prepared, unless its end is
    /// not known: then nothing is undone before the sink has said where it stands.
    public mutating func commitFailed(
        _ failure: CallResult.Failure, now: UInt64, using random: inout some RandomNumberGenerator
    ) {
        guard phase == .committing else { return }
        commitAttempt = commitAttempt == .max ? .max : commitAttempt + 1
        // A batch without rows, and one whose commit had no effect after all, wait as well.
        commitNotBefore =
            now
            &+ endlessRetry.delay(
                attempt: commitAttempt, retryAfter: failure.retryAfter, using: &random)
        if failure.signal.signalClass == .unknown {
            phase = .asking
            return
        }
        phase = .delivering
        if failure.signal.signalClass == .operator {
            held = Hold(node: plan.sink, signal: failure.signal, message: failure.message)
            commitNotBefore = 0
            prepareAgain(notBefore: 0)
            return
        }
        stalled = Hold(node: plan.sink, signal: failure.signal, message: failure.message)
        prepareAgain(notBefore: commitNotBefore)
    }

    /// Reports the sink's own word on a commit whose end was not known: whether its position is at
    /// or beyond the end of this batch.
    public mutating func positionKnown(isCommitted: Bool, outcomes: Outcomes) {
        guard phase == .asking else { return }
        if isCommitted {
            committed(outcomes)
        } else {
            phase = .delivering
            prepareAgain(notBefore: commitNotBefore)
        }
    }

    /// Reports that the batch's tasks are visible.
    public mutating func settled() {
        if phase == .settling { phase = .acknowledging }
    }

    /// Reports that the source knows.
    public mutating func acknowledged() {
        if phase == .acknowledging { phase = .done }
    }
}
