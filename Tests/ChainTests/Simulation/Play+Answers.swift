import Chain

extension Play {
    /// Signals that a call fails with; one is from a later version.
    private static let failures: [Signal] = [
        .backpressure, .capacity, .unavailable, .transient, .timeout, .crash, .overBudget,
        Signal(rawValue: 250), .timeout, .unavailable, .transient, .crash,
        .denied, .unknownOutcome, .schemaDrift, .duplicate,
    ]

    /// Faults of one batch end after so many calls.
    private static let patience: UInt64 = 24

    /// How a call fails as a whole, or nil.
    private func failure(
        of call: BatchFlow.Call, _ batch: Batch, isFirst: Bool
    ) -> CallResult.Failure? {
        let dice = scenario.dice
        let mustFail = isFirst && isForced
        let (one, other) = occasion(call, UInt64(call.records[0]), batch)
        guard
            mustFail
                || (batch.calls < Self.patience || scenario.isCalm)
                    && dice.happens(scenario.callRate, .call, one, other, run)
        else { return nil }
        let roll = dice.roll(.signal, one, other, run)
        let signal = mustFail ? .timeout : Self.failures[Int(roll % UInt64(Self.failures.count))]
        // Who mends it does so for good; a calm schedule's faults would come again.
        let isForPerson = BatchModel.needsPerson(signal)
        let after: UInt64 = (roll >> 32) % 4 == 0 ? 20_000_000 : 0
        return CallResult.Failure(
            signal: isForPerson && scenario.isCalm ? .timeout : signal, retryAfter: after)
    }

    /// What a fault hangs on: in a calm schedule on the call alone, else on what went before, too.
    private func occasion(
        _ call: BatchFlow.Call, _ ordinal: UInt64, _ batch: Batch
    ) -> (UInt64, UInt64) {
        guard scenario.isCalm else { return (batch.first << 8 | ordinal, batch.calls) }
        let way = UInt64((call.via ?? 0) << 8 | call.node)
        return (batch.first << 8 | ordinal, way << 32 | UInt64(call.attempt))
    }

    /// Whether the tier or the sink has trouble with one record only.
    private func isFlaky(_ ordinal: UInt32, _ call: BatchFlow.Call, _ batch: Batch) -> Signal? {
        let (one, other) = occasion(call, UInt64(ordinal), batch)
        guard batch.calls < Self.patience || scenario.isCalm,
            scenario.dice.happens(scenario.flakyRate, .flaky, one, other, run)
        else { return nil }
        let roll = scenario.dice.roll(.signal, one, other, run)
        return [.transient, .timeout, .unavailable, .crash][Int(roll % 4)]
    }

    func tierResult(_ call: BatchFlow.Call, _ batch: Batch) -> CallResult {
        batch.calls += 1
        let isFirst = batch.calls == 1 && batch.first == 1 && run == 0
        if let failure = failure(of: call, batch, isFirst: isFirst) {
            return CallResult(failure: failure)
        }
        var result = CallResult()
        for ordinal in call.records {
            let record = batch.record(ordinal)
            if let signal = isFlaky(ordinal, call, batch) {
                result.rejects.append(CallResult.Reject(ordinal: ordinal, signal: signal))
                continue
            }
            switch scenario.verdict(on: record, at: call.node) {
            case .accepted: break
            case .degraded: result.degraded.append(ordinal)
            case .derived(let extra):
                result.derived.append(CallResult.Derived(ordinal: ordinal, extra: extra))
            case .filtered: result.filtered.append(ordinal)
            case .rejected(let signal, let byGate):
                result.rejects.append(
                    CallResult.Reject(ordinal: ordinal, signal: signal, byGate: byGate))
            }
        }
        return result
    }

    /// What the sink says to a prepare, ahead of what it makes of the rows.
    func sinkResult(_ call: BatchFlow.Call, _ batch: Batch) -> CallResult {
        batch.calls += 1
        if let failure = failure(of: call, batch, isFirst: false) {
            return CallResult(failure: failure)
        }
        var result = CallResult()
        for ordinal in call.records {
            let record = batch.record(ordinal)
            guard let signal = scenario.refusal(of: record) ?? isFlaky(ordinal, call, batch) else {
                continue
            }
            result.rejects.append(CallResult.Reject(ordinal: ordinal, signal: signal))
        }
        return result
    }

    /// Puts raw bytes, one record after the other; the store may fail at any of them.
    mutating func put(_ persist: BatchFlow.Persist, _ batch: Batch) {
        trace.note(6, UInt64(persist.node) << 32 | UInt64(persist.attempt), batch.first)
        batch.model.see(persist, batch.flow)
        for ordinal in persist.records {
            let bytes = [persist.node, batch.record(ordinal)]
            guard !batch.stored.contains(bytes) else { continue }
            let occasion = (
                UInt64(batch.record(ordinal)), UInt64(persist.node) << 32 | UInt64(persist.attempt)
            )
            if scenario.dice.happens(scenario.putRate, .put, occasion.0, occasion.1, run) {
                let signals: [Signal] = [.unavailable, .transient, .denied, .capacity]
                let roll = scenario.dice.roll(.signal, occasion.0, occasion.1, run)
                let signal = signals[Int(roll % 4)]
                faultsMet += 1
                batch.model.putFailed(persist, signal)
                batch.flow.persistFailed(.init(signal: signal), now: now, using: &random)
                return
            }
            batch.stored.insert(bytes)
            world.stored.insert(bytes)
            if crashes() { return }
        }
        batch.model.stored(persist)
        batch.flow.persisted()
    }
}
