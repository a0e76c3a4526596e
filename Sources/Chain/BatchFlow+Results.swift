extension BatchFlow {
    /// Reports what came of the call that ``next(now:)`` asked for.
    public mutating func called(
        _ result: CallResult, now: UInt64, budget: inout RetryBudget,
        using random: inout some RandomNumberGenerator
    ) {
        guard let call = running else { return }
        running = nil
        if call.via == nil { budget.recordCall(now: now) }
        if let failure = result.failure {
            failed(call, failure, now: now, budget: &budget, using: &random)
        } else {
            succeeded(call, result, now: now, budget: &budget, using: &random)
        }
    }

    private mutating func failed(
        _ call: Group, _ failure: CallResult.Failure, now: UInt64, budget: inout RetryBudget,
        using random: inout some RandomNumberGenerator
    ) {
        if hold(call, on: failure.signal, message: failure.message) { return }
        // About the records, whoever says it: each goes its own way, none is tried again unchanged.
        if failure.signal.signalClass == .record {
            let rejects = call.records.map {
                CallResult.Reject(ordinal: $0, signal: failure.signal, message: failure.message)
            }
            route(rejects, of: call, now: now, budget: &budget, using: &random)
            return
        }
        for ordinal in call.records {
            histories[ordinal, default: []].append(
                Step(
                    node: call.node, attempt: call.attempt, signal: failure.signal, at: now,
                    message: failure.message))
        }
        retryOrStepDown(
            call, call.records, on: failure.signal, retryAfter: failure.retryAfter, now: now,
            budget: &budget, using: &random)
    }

    private mutating func succeeded(
        _ call: Group, _ result: CallResult, now: UInt64, budget: inout RetryBudget,
        using random: inout some RandomNumberGenerator
    ) {
        if let stop = result.rejects.first(where: { needsPerson($0.signal) }) {
            _ = hold(call, on: stop.signal, message: stop.message)
            return
        }
        var rejects = result.rejects
        addGateOverflow(call, filtered: result.filtered, &rejects)
        let gone = Set(rejects.map(\.ordinal)).union(result.filtered)
        for ordinal in result.degraded where !gone.contains(ordinal) {
            degraded[Int(ordinal)] = true
        }
        for extra in result.derived where !gone.contains(extra.ordinal) {
            derived[extra.ordinal, default: 0] += extra.extra
        }
        for ordinal in result.filtered { ends[Int(ordinal)] = .filtered }
        accept(call, call.records.filter { !gone.contains($0) }, rejected: !rejects.isEmpty)
        route(rejects, of: call, now: now, budget: &budget, using: &random)
    }

    private mutating func accept(_ call: Group, _ records: [UInt32], rejected: Bool) {
        guard call.node == plan.sink else {
            for ordinal in records {
                ends[Int(ordinal)] = .ready
                deliveredBy[Int(ordinal)] = call.node
            }
            return
        }
        for ordinal in records { ends[Int(ordinal)] = .ready }
        if rejected, !records.isEmpty {
            // What was prepared is aborted by the runtime; the rest is prepared anew.
            groups.append(
                Group(
                    node: call.node, via: call.via, attempt: call.attempt, notBefore: 0,
                    records: records))
        }
    }

    /// Sends each rejected record on its own way; those that go together stay together.
    private mutating func route(
        _ rejects: [CallResult.Reject], of call: Group, now: UInt64, budget: inout RetryBudget,
        using random: inout some RandomNumberGenerator
    ) {
        var bySignal: [Signal: [UInt32]] = [:]
        for reject in rejects {
            note(reject, at: call.node, attempt: call.attempt, now: now)
            bySignal[reject.signal, default: []].append(reject.ordinal)
        }
        for signal in bySignal.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            let records = (bySignal[signal] ?? []).sorted()
            if signal == .duplicate {
                for ordinal in records { end(ordinal, as: .duplicate) }
            } else if signal.signalClass == .record {
                stepDown(records, from: call.node, on: signal)
            } else {
                retryOrStepDown(
                    call, records, on: signal, retryAfter: 0, now: now, budget: &budget,
                    using: &random)
            }
        }
    }

    /// Beyond the tolerance of the gates after a tier, all that it took of the batch counts as misfits,
    /// in earlier halves too: whichever half comes first, the same records go the same way.
    private mutating func addGateOverflow(
        _ call: Group, filtered: [UInt32], _ rejects: inout [CallResult.Reject]
    ) {
        let node = plan.graph.nodes[call.node]
        let found = rejects.reduce(into: UInt64(0)) { $0 += $1.byGate ? 1 : 0 }
        let misfits = gateMisfits[call.node, default: 0] + found
        guard misfits > 0 else { return }
        gateMisfits[call.node] = misfits
        guard misfits * 1_000_000 > UInt64(node.toleranceAfter) * UInt64(count) else { return }
        let gone = Set(rejects.map(\.ordinal)).union(filtered)
        let earlier = (0..<UInt32(count)).filter {
            ends[Int($0)] == .ready && deliveredBy[Int($0)] == call.node
        }
        let message =
            "\(misfits) of \(count) records were rejected by the gates after \(node.name), more"
            + " than their tolerance of \(Double(node.toleranceAfter) / 10_000) %"
        for ordinal in call.records + earlier where !gone.contains(ordinal) {
            rejects.append(
                CallResult.Reject(
                    ordinal: ordinal, signal: .divergence, byGate: true, message: message))
        }
    }

    private func needsPerson(_ signal: Signal) -> Bool {
        signal.signalClass == .operator || signal.signalClass == .unknown
    }

    /// Holds a call that only a person, or the target's own word, can move on.
    private mutating func hold(_ call: Group, on signal: Signal, message: String?) -> Bool {
        guard needsPerson(signal) else { return false }
        var again = call
        if let via = call.via { again.node = via }
        again.notBefore = 0
        groups.append(again)
        held = Hold(node: call.node, signal: signal, message: message)
        return true
    }

    /// Goes on after a hold: the call that was held is made again.
    public mutating func resume() {
        held = nil
    }

    // MARK: - Stepping down

    mutating func note(
        _ reject: CallResult.Reject, at node: NodeID, attempt: UInt32, now: UInt64
    ) {
        histories[reject.ordinal, default: []].append(
            Step(
                node: node, attempt: attempt, signal: reject.signal, at: now,
                pointer: reject.pointer, message: reject.message))
    }

    mutating func end(_ ordinal: UInt32, as end: End?) {
        ends[Int(ordinal)] = end
        deliveredBy[Int(ordinal)] = nil
    }

    /// Takes the edge of a node that is no retry.
    mutating func stepDown(_ records: [UInt32], from node: NodeID, on signal: Signal) {
        guard let target = plan.graph.next(after: node, on: signal) else { return }
        move(records, from: node, on: signal, to: target)
    }

    private mutating func move(
        _ records: [UInt32], from node: NodeID, on signal: Signal, to target: NodeID
    ) {
        transitions[Transition(from: node, signal: signal, to: target), default: 0] +=
            UInt64(records.count)
        for ordinal in records {
            // What a tier made of it is void.
            end(ordinal, as: nil)
            degraded[Int(ordinal)] = false
            derived[ordinal] = nil
        }
        groups.append(
            Group(node: target, via: nil, attempt: 1, notBefore: 0, records: records.sorted()))
    }

    /// A dependency's signal: the next try when the edge leads to a retry node, else the edge.
    private mutating func retryOrStepDown(
        _ call: Group, _ records: [UInt32], on signal: Signal, retryAfter: UInt64, now: UInt64,
        budget: inout RetryBudget, using random: inout some RandomNumberGenerator
    ) {
        var from = call.node
        var target: NodeID? = call.via
        if call.via == nil || signal == .breakerOpen {
            from = call.via ?? call.node
            target = plan.graph.next(after: from, on: signal)
        }
        while let node = target {
            guard case .retry(let policy, let over) = plan.graph.nodes[node].kind else {
                move(records, from: from, on: signal, to: node)
                return
            }
            let made = node == call.via ? call.attempt : 1
            if signal != .breakerOpen, made < policy.attempts, budget.tryRetry(now: now) {
                if node != call.via {
                    transitions[Transition(from: from, signal: signal, to: node), default: 0] +=
                        UInt64(records.count)
                }
                let wait = policy.delay(
                    attempt: made, retryAfter: retryAfter, using: &random)
                tryAgain(
                    records, at: node, attempt: made + 1, notBefore: now &+ wait,
                    halves: policy.halves && over != plan.sink)
                return
            }
            from = node
            target = plan.graph.next(after: node, on: signal)
        }
    }

    private mutating func tryAgain(
        _ records: [UInt32], at node: NodeID, attempt: UInt32, notBefore: UInt64, halves: Bool
    ) {
        for ordinal in records { ends[Int(ordinal)] = nil }
        let middle = halves ? (records.count + 1) / 2 : records.count
        for half in [records[..<middle], records[middle...]] where !half.isEmpty {
            groups.append(
                Group(
                    node: node, via: node, attempt: attempt, notBefore: notBefore,
                    records: Array(half)))
        }
    }
}
