import Chain

/// A batch as an onlooker sees it: where each record must be by what was called and answered, kept
/// apart from the flow's own account, and compared with it before the commit.
struct BatchModel {
    enum Place: Equatable {
        /// It has to show up at this node next.
        case bound(NodeID)
        /// It left a call; which node comes next is the graph's to say.
        case left(NodeID, via: NodeID?, attempt: UInt32, Signal)
        /// The call was held, or a store failed that has no other: the same comes again.
        case again(NodeID, via: NodeID?, attempt: UInt32)
        case inCall
        case accepted
        case stored(NodeID)
        case filtered
        case duplicate
    }

    struct Note: Equatable {
        var node: NodeID
        var attempt: UInt32
        var signal: Signal
    }

    let plan: Plan
    let count: Int
    var places: [Place]
    var notes: [[Note]]
    var isDegraded: [Bool]
    var extra: [UInt32]
    var queued: [Bool]
    var transitions: [Transition: UInt64] = [:]
    private var misfits: [NodeID: Int] = [:]
    private var takenBy: [NodeID?]
    private var reached: Set<NodeID> = []
    private(set) var fault: String?

    init(plan: Plan, count: Int, unreadable: [Int]) {
        self.plan = plan
        self.count = count
        places = Array(repeating: .bound(plan.entry), count: count)
        notes = Array(repeating: [], count: count)
        isDegraded = Array(repeating: false, count: count)
        extra = Array(repeating: 0, count: count)
        takenBy = Array(repeating: nil, count: count)
        queued = Array(repeating: false, count: count)
        for record in unreadable {
            notes[record] = [Note(node: RandomGraph.source, attempt: 1, signal: .unrecoverable)]
            places[record] = .left(RandomGraph.source, via: nil, attempt: 1, .unrecoverable)
        }
    }

    mutating func fail(_ law: Int, _ words: String) {
        if fault == nil { fault = "law \(law): \(words)" }
    }

    // MARK: - What is asked for

    /// A call was asked for.
    mutating func see(_ call: BatchFlow.Call, _ flow: BatchFlow) {
        check(call.records)
        if call.node == plan.sink { checkSinkCall(call) }
        var isRepeat = false
        for record in call.records.map(Int.init) {
            if case .again = places[record] { isRepeat = true }
            arrive(record, at: call.node, via: call.via, attempt: call.attempt, flow)
        }
        if call.via == nil, call.node != plan.sink, !isRepeat,
            !reached.insert(call.node).inserted
        {
            fail(4, "node \(call.node) was called before all ahead of it had ended")
        }
    }

    /// The sink is called with everything that is for it, and with nothing left in the open.
    private mutating func checkSinkCall(_ call: BatchFlow.Call) {
        let called = Set(call.records.map(Int.init))
        for (record, place) in places.enumerated() where !called.contains(record) {
            switch place {
            case .stored where queued[record]: break
            case .filtered, .duplicate: break
            default: fail(1, "the sink was called while record \(record) is \(place)")
            }
        }
    }

    mutating func see(_ persist: BatchFlow.Persist, _ flow: BatchFlow) {
        check(persist.records)
        for record in persist.records.map(Int.init) {
            arrive(record, at: persist.node, via: nil, attempt: persist.attempt, flow)
        }
    }

    private mutating func check(_ records: [UInt32]) {
        if records.isEmpty { fail(1, "a call of no record") }
        for (one, next) in zip(records, records.dropFirst()) where one >= next {
            fail(3, "records are not in their order: \(records)")
        }
    }

    private mutating func arrive(
        _ record: Int, at node: NodeID, via: NodeID?, attempt: UInt32, _ flow: BatchFlow
    ) {
        switch places[record] {
        case .bound(let target):
            if target != node || via != nil { walk(record, from: nil, target, to: node, flow) }
        case .left(let from, let way, let made, let signal):
            let isTier = node != plan.sink
            if let way, way == via, signal.signalClass == .dependency, signal != .breakerOpen {
                if isTier, attempt != made + 1 { fail(6, "attempt \(attempt) after \(made)") }
            } else {
                if via != nil, isTier, attempt != 2 { fail(6, "a retry begins at \(attempt)") }
                if via != nil, signal == .breakerOpen { fail(6, "an open breaker was retried") }
                leave(record, from, way, signal, to: via ?? node, flow)
            }
        case .again(let from, let way, let made):
            if from != node || way != via || made != attempt {
                fail(4, "record \(record) was held at \(from), and goes on at \(node)")
            }
        case .accepted where node == plan.sink: break
        default: fail(1, "record \(record) is \(places[record]) and was sent to \(node)")
        }
        places[record] = .inCall
    }

    private mutating func leave(
        _ record: Int, _ node: NodeID, _ way: NodeID?, _ signal: Signal, to seen: NodeID,
        _ flow: BatchFlow
    ) {
        let isAboutRecord = signal.signalClass == .record
        let from = isAboutRecord ? node : way ?? node
        guard let target = plan.graph.next(after: from, on: signal) else {
            return fail(5, "node \(from) has no edge for \(signal)")
        }
        walk(record, from: (from, signal), target, to: seen, flow)
    }

    /// Follows the graph from an edge to the node where the record was seen: over retries that were
    /// spent, and tiers whose tolerance was exceeded.
    private mutating func walk(
        _ record: Int, from start: (NodeID, Signal)?, _ first: NodeID, to seen: NodeID,
        _ flow: BatchFlow
    ) {
        var from = start
        var target = first
        while true {
            if let (_, signal) = from, case .retry = plan.graph.nodes[target].kind, target != seen {
                guard let next = plan.graph.next(after: target, on: signal) else { break }
                from = (target, signal)
                target = next
                continue
            }
            if let (node, signal) = from {
                transitions[Transition(from: node, signal: signal, to: target), default: 0] += 1
            }
            if target == seen { return }
            guard plan.graph.nodes[target].kind == .tier, isOver(target, record, flow),
                let next = plan.graph.next(after: target, on: .divergence)
            else { break }
            notes[record].append(Note(node: target, attempt: 1, signal: .divergence))
            from = (target, .divergence)
            target = next
        }
        fail(1, "record \(record) was to be at \(target), and is at \(seen)")
    }

    /// Whether the flow says that too many records came to a tier, and was right to say so.
    private func isOver(_ tier: NodeID, _ record: Int, _ flow: BatchFlow) -> Bool {
        let told = (0..<UInt32(count)).filter { ordinal in
            flow.histories[ordinal]?.contains {
                $0.node == tier && $0.signal == .divergence
                    && $0.message?.contains("reached") == true
            } ?? false
        }
        return told.contains(UInt32(record))
            && told.count * 1_000_000
                > Int(plan.graph.nodes[tier].toleranceBefore) * count
    }

    // MARK: - What is answered

    /// A call was answered.
    mutating func answer(_ call: BatchFlow.Call, _ result: CallResult) {
        let records = call.records.map(Int.init)
        if let failure = result.failure {
            if Self.needsPerson(failure.signal) { return hold(call) }
            for record in records { leave(record, call, failure.signal) }
            return
        }
        if result.rejects.contains(where: { Self.needsPerson($0.signal) }) { return hold(call) }
        for record in records {
            places[record] = .accepted
            if call.node != plan.sink { takenBy[record] = call.node }
        }
        for ordinal in result.filtered { places[Int(ordinal)] = .filtered }
        for ordinal in result.degraded { isDegraded[Int(ordinal)] = true }
        for derived in result.derived { extra[Int(derived.ordinal)] += derived.extra }
        for reject in result.rejects { leave(Int(reject.ordinal), call, reject.signal) }
        let byGate = result.rejects.count { $0.byGate }
        misfits[call.node, default: 0] += byGate
        guard misfits[call.node] != 0 else { return }
        let tolerance = Int(plan.graph.nodes[call.node].toleranceAfter)
        guard (misfits[call.node] ?? 0) * 1_000_000 > tolerance * count else { return }
        for record in 0..<count where places[record] == .accepted && takenBy[record] == call.node {
            leave(record, call, .divergence)
        }
    }

    static func needsPerson(_ signal: Signal) -> Bool {
        signal.signalClass == .operator || signal.signalClass == .unknown
    }

    private mutating func hold(_ call: BatchFlow.Call) {
        for record in call.records {
            places[Int(record)] = .again(call.node, via: call.via, attempt: call.attempt)
        }
    }

    private mutating func leave(_ record: Int, _ call: BatchFlow.Call, _ signal: Signal) {
        notes[record].append(Note(node: call.node, attempt: call.attempt, signal: signal))
        if call.node != plan.sink {
            isDegraded[record] = false
            extra[record] = 0
        }
        places[record] =
            signal == .duplicate
            ? .duplicate : .left(call.node, via: call.via, attempt: call.attempt, signal)
    }

    mutating func stored(_ persist: BatchFlow.Persist) {
        for record in persist.records { places[Int(record)] = .stored(persist.node) }
    }

    mutating func putFailed(_ persist: BatchFlow.Persist, _ signal: Signal) {
        let other = plan.graph.next(after: persist.node, on: signal)
        for record in persist.records.map(Int.init) {
            if persist.attempt == 1 {
                notes[record].append(Note(node: persist.node, attempt: 1, signal: signal))
            }
            places[record] =
                other == nil
                ? .again(persist.node, via: nil, attempt: persist.attempt + 1)
                : .left(persist.node, via: nil, attempt: persist.attempt, signal)
        }
    }

    // MARK: - The comparison

    /// What the batch must come to, by what was seen.
    func expectedSums(_ outcomes: Outcomes) -> Sums {
        var sums = Sums()
        sums.accepted = UInt64(count)
        for (record, place) in places.enumerated() {
            switch place {
            case .accepted:
                let rows = 1 + UInt64(extra[record])
                sums.derived += rows - 1
                sums.delivered += rows
                if isDegraded[record] { sums.degraded += rows } else { sums.clean += rows }
            case .stored where queued[record]: sums.deferred += 1
            case .filtered: sums.filtered += 1
            case .duplicate: sums.duplicate += 1
            default: break
            }
        }
        sums.outcomes = outcomes
        return sums
    }

    /// Compares the flow's account with what was seen.
    mutating func compare(_ flow: BatchFlow, _ outcomes: Outcomes) {
        let sums = flow.sums(outcomes: outcomes)
        if let words = sums.fault { fail(1, words) }
        let expected = expectedSums(outcomes)
        if sums.degraded != expected.degraded {
            fail(6, "\(sums.degraded) degraded, and \(expected.degraded) were seen")
        }
        if sums != expected { fail(1, "sums \(sums), and \(expected) were seen") }
        if flow.transitions != transitions {
            fail(6, "transitions \(flow.transitions), and \(transitions) were seen")
        }
        for record in 0..<count {
            let told = (flow.histories[UInt32(record)] ?? []).map {
                Note(node: $0.node, attempt: $0.attempt, signal: $0.signal)
            }
            if told != notes[record] {
                fail(6, "record \(record): history \(told), and \(notes[record]) was seen")
            }
        }
    }
}
