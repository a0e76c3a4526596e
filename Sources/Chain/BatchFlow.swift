/// A batch's way through the chain, from its source to the acknowledgement.
///
/// A pure state machine: ``next(now:)`` says what to do, the runtime does it and reports the result
/// with the matching function, which says what follows. One action is under way at a time. The same
/// reports in the same order give the same way.
///
/// Work is taken up in the order of the graph: a node is called once everything ahead of it has
/// ended, with all its records at once and in their order. So neither halving nor lanes change what
/// a gate counts, and outputs merge in record order by themselves.
public struct BatchFlow: Sendable {
    /// What the runtime has to do.
    public enum Action: Sendable, Equatable {
        /// Call a tier with its gates, or prepare the sink.
        case call(Call)
        /// Put the raw bytes of these records into the store of a persist node, synced.
        case persist(Persist)
        /// Nothing to do before this time; the batch holds no lane meanwhile.
        case wait(until: UInt64)
        /// A person has to act. Nothing goes on until ``resume(now:)``.
        case hold(Hold)
        /// The tiers are done; the batch waits for its turn at the sink.
        case ready
        /// Queue tasks for these deferred records, invisible as yet.
        case queue([UInt32])
        /// Make rows and mark durable.
        case commit
        /// Ask the sink for its position: a commit's end is not known.
        case askPosition
        /// Make the batch's tasks visible.
        case settle
        /// Tell the source.
        case acknowledge
        /// Everything has its durable end.
        case done
    }

    /// A call of a tier, or a prepare of the sink.
    public struct Call: Sendable, Equatable {
        public var node: NodeID
        /// The retry node that makes it, if any: ask for a reset first.
        public var via: NodeID?
        public var attempt: UInt32
        /// Ordinals, ascending.
        public var records: [UInt32]
    }

    /// Records for cold storage.
    public struct Persist: Sendable, Equatable {
        public var node: NodeID
        public var attempt: UInt32
        public var records: [UInt32]
    }

    /// Why nothing goes on.
    public struct Hold: Sendable, Equatable {
        public var node: NodeID
        public var signal: Signal
        public var message: String?
    }

    /// Where the batch stands in the order of durability.
    public enum Phase: Sendable, Equatable {
        case tiers
        case ready
        case delivering
        case committing
        case asking
        case settling
        case acknowledging
        case done
    }

    struct Group: Sendable {
        var node: NodeID
        var via: NodeID?
        var attempt: UInt32
        var notBefore: UInt64
        var records: [UInt32]
    }

    public let plan: Plan
    /// Records of the batch.
    public let count: Int
    public internal(set) var phase: Phase = .tiers
    /// How each record ended; nil while it is on its way.
    public internal(set) var ends: [End?]
    public internal(set) var degraded: [Bool]
    public internal(set) var histories: [UInt32: [Step]] = [:]
    public internal(set) var transitions: [Transition: UInt64] = [:]
    public internal(set) var derived: [UInt32: UInt32] = [:]
    /// The node whose output a delivered record is.
    public internal(set) var deliveredBy: [NodeID?]
    /// Set while a store or a commit fails and is tried again without end.
    public internal(set) var stalled: Hold?
    /// What the sink made of its records.
    public internal(set) var outcomes = Outcomes()

    var groups: [Group] = []
    var running: Group?
    var held: Hold?
    var queued: [Bool]
    var gateMisfits: [NodeID: UInt64] = [:]
    var commitAttempt: UInt32 = 0
    /// When a commit that failed may be tried again.
    var commitNotBefore: UInt64 = 0

    /// A batch of records that enter at the chain's entry.
    ///
    /// - Parameter sourceRejects: records that their source could not read; they take the source
    ///   node's edges.
    public init(
        plan: Plan, count: Int, source: NodeID, sourceRejects: [CallResult.Reject] = [],
        now: UInt64 = 0
    ) {
        self.plan = plan
        self.count = count
        ends = Array(repeating: nil, count: count)
        degraded = Array(repeating: false, count: count)
        queued = Array(repeating: false, count: count)
        deliveredBy = Array(repeating: nil, count: count)
        let rejected = Set(sourceRejects.map(\.ordinal))
        let records = (0..<UInt32(count)).filter { !rejected.contains($0) }
        if !records.isEmpty {
            groups.append(
                Group(node: plan.entry, via: nil, attempt: 1, notBefore: 0, records: records))
        }
        for reject in sourceRejects {
            note(reject, at: source, attempt: 1, now: now)
            if reject.signal == .duplicate {
                end(reject.ordinal, as: .duplicate)
            } else {
                stepDown([reject.ordinal], from: source, on: reject.signal)
            }
        }
    }

    /// What to do next. Asked again before the answer was reported, it answers the same.
    public mutating func next(now: UInt64) -> Action {
        if let held { return .hold(held) }
        switch phase {
        case .tiers, .delivering: return nextWork(now: now)
        case .ready: return .ready
        case .committing: return .commit
        case .asking: return .askPosition
        case .settling: return .settle
        case .acknowledging: return .acknowledge
        case .done: return .done
        }
    }

    private mutating func nextWork(now: UInt64) -> Action {
        if let running { return action(for: running) }
        if phase == .delivering { mergeSinkGroups() }
        guard let index = nextGroup() else { return workIsDone(now: now) }
        let group = groups[index]
        if group.notBefore > now { return .wait(until: group.notBefore) }
        let call = plan.kind(group.node) == .retried ? retriedCall(group) : group
        if call.node == plan.sink, let unqueued = unqueued() { return .queue(unqueued) }
        groups.remove(at: index)
        running = call
        if exceedsTolerance(group, now: now) { return nextWork(now: now) }
        return action(for: running ?? group)
    }

    private mutating func workIsDone(now: UInt64) -> Action {
        if phase == .tiers {
            phase = .ready
            return .ready
        }
        if let unqueued = unqueued() { return .queue(unqueued) }
        if commitNotBefore > now { return .wait(until: commitNotBefore) }
        phase = .committing
        return .commit
    }

    /// The sink holds one prepared batch at a time: what it has accepted waits for what it is to try
    /// again, and all of it is prepared as one, with the attempt that is furthest on.
    private mutating func mergeSinkGroups() {
        let same = groups.indices.filter { isForSink(groups[$0].node) }
        guard same.count > 1 else { return }
        var merged = groups[same[0]]
        for index in same.dropFirst() {
            let other = groups[index]
            merged.records += other.records
            merged.notBefore = max(merged.notBefore, other.notBefore)
            if (plan.retryRank(other.via), other.attempt)
                > (plan.retryRank(merged.via), merged.attempt)
            {
                (merged.node, merged.via, merged.attempt) = (other.node, other.via, other.attempt)
            }
        }
        merged.records.sort()
        for index in same.reversed() { groups.remove(at: index) }
        groups.append(merged)
    }

    private func isForSink(_ node: NodeID) -> Bool {
        if case .retry(_, let over) = plan.graph.nodes[node].kind { return over == plan.sink }
        return node == plan.sink
    }

    /// The first group in the order of the graph; groups of one plain node are merged, those of a store
    /// too: a put that fails moves the same records on, however they came together.
    private mutating func nextGroup() -> Int? {
        guard
            let first = groups.indices.min(by: { a, b in
                let left = groups[a]
                let right = groups[b]
                return (plan.rank[left.node], left.notBefore, left.records[0])
                    < (plan.rank[right.node], right.notBefore, right.records[0])
            })
        else { return nil }
        let node = groups[first].node
        guard plan.kind(node) != .retried, node != plan.sink, groups[first].attempt == 1
        else { return first }
        let same = groups.indices.filter { groups[$0].node == node && groups[$0].attempt == 1 }
        guard same.count > 1 else { return first }
        var merged = groups[same[0]]
        merged.records = same.flatMap { groups[$0].records }.sorted()
        for index in same.reversed() { groups.remove(at: index) }
        groups.append(merged)
        return groups.count - 1
    }

    private func retriedCall(_ group: Group) -> Group {
        guard case .retry(_, let over) = plan.graph.nodes[group.node].kind else { return group }
        var call = group
        call.via = group.node
        call.node = over
        return call
    }

    private func action(for group: Group) -> Action {
        if plan.kind(group.node) == .persisted {
            return .persist(
                Persist(node: group.node, attempt: group.attempt, records: group.records))
        }
        return .call(
            Call(
                node: group.node, via: group.via, attempt: group.attempt, records: group.records))
    }

    /// A gate ahead of a tier: too large a share of the batch has come here.
    private mutating func exceedsTolerance(_ group: Group, now: UInt64) -> Bool {
        let node = plan.graph.nodes[group.node]
        guard node.kind == .tier, group.node != plan.entry,
            UInt64(group.records.count) * 1_000_000
                > UInt64(node.toleranceBefore) * UInt64(count)
        else { return false }
        running = nil
        let message =
            "\(group.records.count) of \(count) records reached \(node.name), more than its"
            + " tolerance of \(Double(node.toleranceBefore) / 10_000) %"
        for ordinal in group.records {
            histories[ordinal, default: []].append(
                Step(
                    node: group.node, attempt: group.attempt, signal: .divergence, at: now,
                    message: message))
        }
        stepDown(group.records, from: group.node, on: .divergence)
        return true
    }

    private func unqueued() -> [UInt32]? {
        let found = (0..<count).filter { index in
            if case .deferred = ends[index] { return !queued[index] }
            return false
        }
        return found.isEmpty ? nil : found.map(UInt32.init)
    }
}
