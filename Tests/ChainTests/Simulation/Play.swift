import Chain

/// One schedule: a whole pipeline played over the pure machines, the way the runtime performs them,
/// by a virtual clock. Ends when every record has its end, or with the law that was broken.
struct Play {
    final class Batch {
        let number: Stream.BatchNumber
        let first: UInt64
        let start: Int
        let count: Int
        var flow: BatchFlow
        var model: BatchModel
        /// Faults end after so many calls, so that every schedule does.
        var calls: UInt64 = 0
        var commits: UInt64 = 0
        var waitsSince: UInt64?
        var stored: Set<[Int]> = []
        var commitFailedAt: UInt64?

        init(
            number: Stream.BatchNumber, first: UInt64, start: Int, count: Int, flow: BatchFlow,
            model: BatchModel
        ) {
            self.number = number
            self.first = first
            self.start = start
            self.count = count
            self.flow = flow
            self.model = model
        }

        var last: UInt64 { first + UInt64(count) - 1 }
        func record(_ ordinal: UInt32) -> Int { start + Int(ordinal) }
    }

    /// A call under way in a lane.
    struct Running {
        var call: BatchFlow.Call
        var permit: Breaker.Permit
        var result: CallResult
        var ends: UInt64
    }

    struct Lane {
        var batch: Batch?
        var running: Running?
    }

    struct Gate {
        var breaker: Breaker
        var limit: ConcurrencyLimit
    }

    /// A faulty call, store, commit or record, a crash: each counts.
    var faultsMet = 0
    private(set) var broken: String?
    var trace = Trace()
    /// How each record ended and by which signals, for comparison with another number of lanes.
    var routes: [Int: String] = [:]

    let scenario: Scenario
    /// The first call fails, whatever the dice say.
    let isForced: Bool
    var world = World()
    var random: SplitMix64
    var now: UInt64 = 1
    var run: UInt64 = 0
    private var crashesLeft: Int

    // What a crash forgets.
    var stream = Stream(limits: .init(records: 1, bytes: 1), mark: 0)
    var position = 0
    var runnable: [Batch] = []
    var waiting: [(until: UInt64, batch: Batch)] = []
    var ready: [Stream.BatchNumber: Batch] = [:]
    var lanes: [Lane] = []
    var gates: [NodeID: Gate] = [:]
    var budget = RetryBudget()
    var delivering: Batch?
    var deliverAt: UInt64 = 0
    var staged: World.Staged?

    init(_ scenario: Scenario, isForced: Bool = false) {
        self.scenario = scenario
        self.isForced = isForced
        random = SplitMix64(seed: scenario.seed &+ 77)
        crashesLeft = scenario.crashes
        start()
    }

    mutating func fail(_ law: Int, _ words: String) {
        if broken == nil { broken = "law \(law): \(words)" }
    }

    /// Plays to the end.
    mutating func play() {
        var steps = 0
        while broken == nil, !isOver {
            steps += 1
            if steps > 20_000 { return fail(1, "no end after \(steps) steps at \(now)") }
            step()
            trace.note(0, now)
        }
        if broken == nil { checkEnd() }
    }

    private var isOver: Bool { position == scenario.contents.count && stream.isEmpty }

    // MARK: - Starts

    /// A start, the first or after a crash: the sink's mark decides.
    mutating func start() {
        let recovery = Recovery(marks: [world.mark.sequence])
        world.settle(upTo: recovery.settleUpTo)
        world.discard(above: recovery.settleUpTo)
        stream = Stream(
            limits: .init(records: scenario.inFlight, bytes: .max), mark: recovery.resumeAfter)
        position = world.mark.position
        if UInt64(position) != recovery.resumeAfter {
            fail(2, "the source goes on at \(position), the stream after \(recovery.resumeAfter)")
        }
        runnable = []
        waiting = []
        ready = [:]
        lanes = Array(repeating: Lane(), count: scenario.lanes)
        delivering = nil
        staged = nil
        budget = scenario.isCalm ? RetryBudget(floor: .max) : RetryBudget(floor: 5)
        gates = [:]
        for (id, node) in scenario.graph.nodes.enumerated()
        where node.kind == .tier || node.kind == .sink {
            let limit =
                scenario.isCalm || id == scenario.plan.entry
                ? ConcurrencyLimit(scenario.lanes)
                : ConcurrencyLimit(belowLanes: scenario.lanes)
            gates[id] = Gate(breaker: Breaker(scenario.breaker), limit: limit)
        }
        trace.note(1, world.mark.sequence, run)
    }

    /// Whether the process dies here.
    mutating func crashes() -> Bool {
        guard crashesLeft > 0, random.next() % 1000 < scenario.crashRate else { return false }
        crashesLeft -= 1
        restart()
        return true
    }

    mutating func restart() {
        faultsMet += 1
        run += 1
        now += 1_000_000
        start()
    }

    // MARK: - Steps

    private mutating func step() {
        if crashes() { return }
        // Someone is chosen, and when there is nothing for them to do, the next one along.
        let workers = lanes.count + 2
        let chosen = Int(random.next() % UInt64(workers))
        for offset in 0..<workers where act((chosen + offset) % workers) { return }
        guard let next = nextMoment, next > now else {
            return fail(1, "stuck at \(now): nothing to do, and not at the end")
        }
        now = next
    }

    private var nextMoment: UInt64? {
        var moments = waiting.map(\.until) + lanes.compactMap { $0.running?.ends }
        if delivering != nil { moments.append(deliverAt) }
        return moments.filter { $0 > now }.min()
    }

    /// - Returns: whether there was anything to do.
    private mutating func act(_ worker: Int) -> Bool {
        switch worker {
        case lanes.count: readSource()
        case lanes.count + 1: deliver()
        default: work(worker)
        }
    }

    private mutating func readSource() -> Bool {
        guard position < scenario.contents.count, stream.isOpen else { return false }
        let count = scenario.batchSize(at: position, run: run)
        let admitted = stream.admit(records: UInt64(count), bytes: UInt64(count))
        if admitted.firstSequence != UInt64(position) + 1 {
            fail(2, "record \(position) came as sequence \(admitted.firstSequence)")
        }
        let unreadable = (0..<count).filter { scenario.isUnreadable(position + $0) }
        faultsMet += unreadable.count
        let flow = BatchFlow(
            plan: scenario.plan, count: count, source: RandomGraph.source,
            sourceRejects: unreadable.map {
                CallResult.Reject(ordinal: UInt32($0), signal: .unrecoverable)
            }, now: now)
        runnable.append(
            Batch(
                number: admitted.batch, first: admitted.firstSequence, start: position,
                count: count, flow: flow,
                model: BatchModel(plan: scenario.plan, count: count, unreadable: unreadable)))
        trace.note(2, admitted.firstSequence, UInt64(count))
        position += count
        return true
    }

    /// What to do next; asked twice, it answers the same.
    mutating func next(_ batch: Batch) -> BatchFlow.Action {
        let action = batch.flow.next(now: now)
        if batch.flow.next(now: now) != action { fail(4, "asked again, it answers otherwise") }
        if let fault = batch.model.fault, broken == nil { broken = fault }
        return action
    }

    // MARK: - Lanes

    private mutating func work(_ lane: Int) -> Bool {
        if let running = lanes[lane].running {
            guard running.ends <= now else { return false }
            finish(running, lane)
            return true
        }
        guard let batch = lanes[lane].batch else {
            lanes[lane].batch = take()
            return lanes[lane].batch != nil
        }
        go(batch, lane)
        return true
    }

    private mutating func take() -> Batch? {
        if let due = waiting.indices.min(by: { waiting[$0].until < waiting[$1].until }),
            waiting[due].until <= now
        {
            return waiting.remove(at: due).batch
        }
        return runnable.isEmpty ? nil : runnable.removeFirst()
    }

    private mutating func go(_ batch: Batch, _ lane: Int) {
        switch next(batch) {
        case .call(let call): begin(call, batch, lane)
        case .persist(let persist): put(persist, batch)
        case .wait(let until):
            lanes[lane].batch = nil
            waiting.append((until, batch))
        case .hold(let hold): personActs(hold, batch)
        case .ready:
            lanes[lane].batch = nil
            stream.finished(batch.number)
            ready[batch.number] = batch
            trace.note(3, batch.first)
        default: fail(1, "a lane was told to do the committer's work")
        }
    }

    /// A person mends it and goes on, or ends the run and starts another.
    mutating func personActs(_ hold: BatchFlow.Hold, _ batch: Batch) {
        trace.note(4, batch.first, UInt64(hold.signal.rawValue))
        if scenario.isCalm || scenario.dice.happens(700, .hold, batch.first, run) {
            now += 1_000_000
            batch.flow.resume()
        } else {
            restart()
        }
    }

    private mutating func begin(_ call: BatchFlow.Call, _ batch: Batch, _ lane: Int) {
        if call.node == scenario.plan.sink {
            return fail(3, "a lane was told to call the sink")
        }
        switch enter(call.node) {
        case .open: report(.failed(.breakerOpen), call, batch)
        case .full:
            let since = batch.waitsSince ?? now
            batch.waitsSince = since
            if now - since > 50_000_000 {
                batch.waitsSince = nil
                return report(.failed(.backpressure), call, batch)
            }
            lanes[lane].batch = nil
            waiting.append((now + 1_000_000, batch))
        case .permitted(let permit):
            batch.waitsSince = nil
            let result = tierResult(call, batch)
            let time = result.failure?.signal == .timeout ? 30_000_000 : random.next() % 9_000_000
            lanes[lane].running = Running(
                call: call, permit: permit, result: result, ends: now + 1 + time)
        }
    }

    private mutating func finish(_ running: Running, _ lane: Int) {
        lanes[lane].running = nil
        guard let batch = lanes[lane].batch else { return }
        leave(running.call, running.permit, running.result)
        report(running.result, running.call, batch)
    }

    /// Reports a call's end to the onlooker and to the flow.
    mutating func report(_ result: CallResult, _ call: BatchFlow.Call, _ batch: Batch) {
        faultsMet += (result.failure == nil ? 0 : 1) + result.rejects.count
        trace.note(
            5, UInt64(call.node) << 32 | UInt64(call.attempt),
            batch.first << 32 | UInt64(call.records.count))
        batch.model.see(call, batch.flow)
        batch.model.answer(call, result)
        batch.flow.called(result, now: now, budget: &budget, using: &random)
    }

    // MARK: - Breakers and limits

    enum Entry {
        case permitted(Breaker.Permit)
        case open
        case full
    }

    mutating func enter(_ node: NodeID) -> Entry {
        guard var gate = gates[node] else { return .open }
        defer { gates[node] = gate }
        guard gate.limit.acquire() else { return .full }
        guard let permit = gate.breaker.acquire(now: now, using: &random) else {
            gate.limit.release()
            return .open
        }
        return .permitted(permit)
    }

    mutating func leave(_ call: BatchFlow.Call, _ permit: Breaker.Permit, _ result: CallResult) {
        let outcome: Breaker.Outcome
        if let failure = result.failure {
            outcome =
                failure.signal.signalClass == .dependency ? .failure(failure.signal) : .neutral
        } else {
            outcome = result.rejects.count == call.records.count ? .neutral : .success
        }
        gates[call.node]?.limit.release()
        gates[call.node]?.breaker.release(permit, outcome, now: now, using: &random)
    }
}
