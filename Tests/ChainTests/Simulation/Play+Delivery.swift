import Chain

extension Play {
    private var keys: [UInt8]? { scenario.isKeyed ? scenario.contents : nil }

    /// One step of the committer.
    mutating func deliver() -> Bool {
        guard let batch = delivering else {
            guard let number = stream.nextToDeliver() else { return false }
            guard let batch = ready.removeValue(forKey: number) else {
                fail(3, "batch \(number) was to be delivered, and no lane is done with it")
                return false
            }
            delivering = batch
            deliverAt = 0
            return true
        }
        guard deliverAt <= now else { return false }
        perform(next(batch), batch)
        return true
    }

    private mutating func perform(_ action: BatchFlow.Action, _ batch: Batch) {
        switch action {
        case .call(let call): prepare(call, batch)
        case .persist(let persist): put(persist, batch)
        case .wait(let until): deliverAt = until
        case .hold(let hold): personActs(hold, batch)
        case .ready: batch.flow.deliver()
        case .queue(let ordinals): queue(ordinals, batch)
        case .commit: commit(batch)
        case .askPosition: askPosition(batch)
        case .settle: settle(batch)
        case .acknowledge: acknowledge(batch)
        case .done:
            delivering = nil
            stream.acknowledged(batch.number)
            checkWatermark(batch)
        }
    }

    // MARK: - Prepare

    private mutating func prepare(_ call: BatchFlow.Call, _ batch: Batch) {
        if call.node != scenario.plan.sink {
            return fail(3, "the committer was told to call tier \(call.node)")
        }
        if staged != nil { fail(1, "prepared again, with neither commit nor abort") }
        switch enter(call.node) {
        case .open: report(.failed(.breakerOpen), call, batch)
        case .full: report(.failed(.backpressure), call, batch)
        case .permitted(let permit):
            let result = sinkResult(call, batch)
            now += 1 + random.next() % 5_000_000
            leave(call, permit, result)
            // What was rejected in part is aborted at once, so nothing is staged then.
            if result == .allAccepted { stage(call, batch) }
            report(result, call, batch)
        }
    }

    private mutating func stage(_ call: BatchFlow.Call, _ batch: Batch) {
        var rows: [World.Row] = []
        for ordinal in call.records {
            let record = batch.record(ordinal)
            for copy in 0...batch.model.extra[Int(ordinal)] {
                rows.append(
                    World.Row(
                        record: record, sequence: batch.first + UInt64(ordinal), copy: copy,
                        isDegraded: batch.model.isDegraded[Int(ordinal)]))
            }
        }
        staged = world.stage(rows, keys: keys)
    }

    // MARK: - Tasks

    private mutating func queue(_ ordinals: [UInt32], _ batch: Batch) {
        trace.note(7, batch.first, UInt64(ordinals.count))
        for ordinal in ordinals {
            let record = batch.record(ordinal)
            guard case .stored(let store) = batch.model.places[Int(ordinal)] else {
                return fail(1, "record \(record) was queued with no stored bytes")
            }
            if world.pending.contains(where: { $0.record == record }) {
                fail(1, "record \(record) was queued twice")
            }
            world.pending.append(
                World.Task(record: record, sequence: batch.first + UInt64(ordinal), store: store))
            batch.model.queued[Int(ordinal)] = true
        }
        if crashes() { return }
        batch.flow.tasksQueued(ordinals)
    }

    // MARK: - Commit

    private mutating func commit(_ batch: Batch) {
        trace.note(8, batch.first)
        if batch.commitFailedAt == now { fail(1, "a commit that failed is repeated at once") }
        if batch.first != world.mark.sequence + 1 {
            fail(3, "batch \(batch.first) is committed after \(world.mark.sequence)")
        }
        let prepared = staged ?? World.Staged()
        batch.model.compare(batch.flow, prepared.outcomes)
        checkRows(prepared.rows, batch)
        if let fault = batch.model.fault { return fail(fault) }
        batch.commits += 1
        let dice = scenario.dice
        guard
            batch.commits < 8,
            dice.happens(scenario.commitRate, .commit, batch.first, batch.commits, run)
        else {
            write(prepared, batch)
            if crashes() { return }
            accept(batch, prepared)
            return
        }
        faultsMet += 1
        batch.commitFailedAt = now
        let roll = dice.roll(.signal, batch.first, batch.commits, run)
        let signals: [Signal] = [
            .transient, .unavailable, .denied, .capacity, .unknownOutcome, .unknownOutcome,
        ]
        let signal = signals[Int(roll % 6)]
        if signal == .unknownOutcome {
            // Its effect may have happened.
            if (roll >> 32) % 2 == 0 { write(prepared, batch) }
        } else {
            staged = nil
        }
        batch.flow.commitFailed(.init(signal: signal), now: now, using: &random)
    }

    mutating func fail(_ told: String) {
        let law = told.dropFirst(4).prefix(1)
        fail(Int(law) ?? 0, String(told.dropFirst(7)))
    }

    /// Every record that is to be delivered is among the rows, and no other.
    private mutating func checkRows(_ rows: [World.Row], _ batch: Batch) {
        var wanted: [Int] = []
        for (ordinal, place) in batch.model.places.enumerated() where place == .accepted {
            wanted += Array(
                repeating: batch.start + ordinal, count: 1 + Int(batch.model.extra[ordinal]))
        }
        if rows.map(\.record) != wanted {
            fail(1, "rows of \(rows.map(\.record)) are committed for \(wanted)")
        }
    }

    /// Rows, mark and account become durable at once.
    private mutating func write(_ prepared: World.Staged, _ batch: Batch) {
        var next = world.mark
        next.sequence = stream.mark(of: batch.number) ?? 0
        next.position = batch.start + batch.count
        next.totals += batch.flow.sums(outcomes: prepared.outcomes)
        next.transitions += batch.flow.transitions.values.reduce(0, +)
        let gone = (0..<batch.count).filter {
            batch.model.places[$0] == .filtered || batch.model.places[$0] == .duplicate
        }
        world.commit(prepared, next, gone: gone.map { batch.start + $0 }, keys: keys)
        if next.sequence != batch.last { fail(2, "the mark of \(batch.last) is \(next.sequence)") }
    }

    private mutating func accept(_ batch: Batch, _ prepared: World.Staged) {
        staged = nil
        batch.flow.committed(prepared.outcomes)
        for ordinal in 0..<batch.count {
            let notes = batch.model.notes[ordinal].map { "\($0.node)\($0.signal)" }
            routes[batch.start + ordinal] =
                "\(batch.model.places[ordinal]) \(notes.joined(separator: " "))"
        }
    }

    private mutating func askPosition(_ batch: Batch) {
        trace.note(9, batch.first)
        let isCommitted = world.mark.sequence >= batch.last
        if isCommitted {
            accept(batch, staged ?? World.Staged())
        } else {
            staged = nil
            batch.flow.positionKnown(isCommitted: false, outcomes: Outcomes())
        }
    }

    private mutating func settle(_ batch: Batch) {
        trace.note(10, batch.first)
        if world.mark.sequence < batch.last {
            fail(1, "tasks of \(batch.first) become visible ahead of the commit")
        }
        world.settle(upTo: batch.last)
        if crashes() { return }
        batch.flow.settled()
    }

    private mutating func acknowledge(_ batch: Batch) {
        trace.note(11, batch.first)
        if world.mark.sequence < batch.last {
            fail(3, "\(batch.last) is acknowledged ahead of the commit")
        }
        if batch.last <= world.acknowledged { fail(3, "\(batch.last) is acknowledged again") }
        if world.pending.contains(where: { $0.sequence <= batch.last }) {
            fail(1, "\(batch.last) is acknowledged with tasks that nobody sees")
        }
        world.acknowledged = batch.last
        if crashes() { return }
        batch.flow.acknowledged()
    }

    private mutating func checkWatermark(_ batch: Batch) {
        if stream.watermark != batch.last {
            fail(3, "the watermark is \(stream.watermark) after \(batch.last)")
        }
        if stream.watermark > world.mark.sequence {
            fail(3, "the watermark \(stream.watermark) is beyond the mark \(world.mark.sequence)")
        }
    }

    // MARK: - The end

    /// Laws 1 to 3 and 6 of all that is durable, once every record has its end.
    mutating func checkEnd() {
        let count = scenario.contents.count
        var ends = Array(repeating: 0, count: count)
        for row in world.rows where row.copy == 0 { ends[row.record] += 1 }
        for task in world.visible { ends[task.record] += 1 }
        for record in world.gone { ends[record] += 1 }
        for (record, ends) in ends.enumerated() where ends != 1 {
            fail(1, "record \(record) ended \(ends) times")
        }
        if !world.pending.isEmpty { fail(1, "tasks are left that nobody sees") }
        for task in world.visible where !world.stored.contains([task.store, task.record]) {
            fail(1, "the task of record \(task.record) has no stored bytes")
        }
        checkTotals()
        checkIdentityAndOrder()
    }

    private mutating func checkTotals() {
        let totals = world.mark.totals
        if let words = totals.fault { fail(1, "all in all: \(words)") }
        let found = [
            scenario.contents.count, world.rows.count, world.visible.count, world.gone.count,
            world.rows.count { $0.isDegraded },
        ]
        let told = [
            totals.accepted, totals.delivered, totals.deferred,
            totals.filtered + totals.duplicate, totals.degraded,
        ]
        if found.map(UInt64.init) != told { fail(1, "the mark says \(told), there are \(found)") }
    }

    private mutating func checkIdentityAndOrder() {
        for row in world.rows where row.sequence != UInt64(row.record) + 1 {
            fail(2, "record \(row.record) was delivered as sequence \(row.sequence)")
        }
        for task in world.visible where task.sequence != UInt64(task.record) + 1 {
            fail(2, "record \(task.record) was deferred as sequence \(task.sequence)")
        }
        for (one, next) in zip(world.rows, world.rows.dropFirst())
        where (one.sequence, one.copy) >= (next.sequence, next.copy) {
            fail(3, "row \(next.sequence) follows \(one.sequence)")
        }
        guard let keys else { return }
        var newest: [UInt8: UInt64] = [:]
        for row in world.rows {
            newest[keys[row.record]] = max(newest[keys[row.record]] ?? 0, row.sequence)
        }
        if newest != world.table { fail(3, "the table holds \(world.table), newest is \(newest)") }
    }
}
