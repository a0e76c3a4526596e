import Chain
import Testing

/// A breaker written the slow way: everything is kept, and looked through from the start each time.
private struct Model {
    struct Ticket {
        var epoch: Int
        var started: UInt64
        var isProbe: Bool
    }

    let configuration: Breaker.Configuration
    var state = Breaker.State.closed
    var epoch = 0
    var reopens: UInt64 = 0
    var calls: [(failed: Bool, slow: Bool)] = []
    var probesOut: [Int: UInt64] = [:]
    var probesBack: [Bool] = []
    var deadline: UInt64?
    var tickets: [Int: Ticket] = [:]

    /// Without jitter the clock alone decides.
    mutating func settle(_ now: UInt64) {
        while true {
            if state == .halfOpen, let first = probesOut.values.min(), first <= now {
                enter(.open)
                reopens = first + configuration.recovery
            } else if state == .halfOpen, probesOut.isEmpty, !probesBack.isEmpty,
                let time = deadline, time <= now
            {
                finishProbing(time)
            } else {
                return
            }
        }
    }

    mutating func enter(_ next: Breaker.State) {
        state = next
        epoch += 1
        calls = []
        probesOut = [:]
        probesBack = []
        deadline = nil
    }

    func tooMany(_ count: Int, of total: Int, _ millionths: UInt32) -> Bool {
        count > 0 && Double(count) / Double(total) >= Double(millionths) / 1_000_000
    }

    mutating func finishProbing(_ now: UInt64) {
        let slow = probesBack.count { $0 }
        if tooMany(slow, of: probesBack.count, configuration.slowRate) {
            enter(.open)
            reopens = now + configuration.recovery
        } else {
            enter(.closed)
        }
    }

    func read(_ now: UInt64) -> Breaker.State {
        var then = self
        then.settle(now)
        return then.state == .open && now >= then.reopens ? .halfOpen : then.state
    }

    /// Whether the call may be made.
    mutating func acquire(_ id: Int, _ now: UInt64) -> Bool {
        settle(now)
        if state == .open, now >= reopens { enter(.halfOpen) }
        let isFree = probesOut.count + probesBack.count < Int(configuration.probes)
        guard state == .closed || state == .halfOpen && isFree else { return false }
        if state == .halfOpen {
            probesOut[id] = now + configuration.probeLease
            deadline = deadline ?? now + configuration.probeLease
        }
        tickets[id] = Ticket(epoch: epoch, started: now, isProbe: state == .halfOpen)
        return true
    }

    mutating func release(_ id: Int, _ outcome: Breaker.Outcome, _ now: UInt64) {
        settle(now)
        guard let ticket = tickets[id], ticket.epoch == epoch else { return }
        if ticket.isProbe, probesOut.removeValue(forKey: id) == nil { return }
        let slow = configuration.slowCall.map { now - ticket.started >= $0 } ?? false
        let failed: Bool
        switch outcome {
        case .success: failed = false
        case .failure(let signal) where (200..<300).contains(signal.rawValue): failed = true
        default: return decideIfTimeIsUp(now)
        }
        if ticket.isProbe {
            probe(failed: failed, slow: slow, now)
        } else {
            calls.append((failed, slow))
            if shouldOpen(failed) {
                enter(.open)
                reopens = now + configuration.recovery
            }
        }
    }

    private mutating func probe(failed: Bool, slow: Bool, _ now: UInt64) {
        if failed {
            enter(.open)
            reopens = now + configuration.recovery
            return
        }
        probesBack.append(slow)
        if probesBack.count == Int(configuration.probes) {
            finishProbing(now)
        } else {
            decideIfTimeIsUp(now)
        }
    }

    private mutating func decideIfTimeIsUp(_ now: UInt64) {
        guard state == .halfOpen, probesOut.isEmpty, !probesBack.isEmpty else { return }
        if let deadline, deadline <= now { finishProbing(now) }
    }

    private func shouldOpen(_ failed: Bool) -> Bool {
        if let limit = configuration.consecutiveFailures, failed,
            calls.reversed().prefix(while: \.failed).count >= Int(limit)
        {
            return true
        }
        let latest = calls.suffix(Int(configuration.window))
        let minimum = min(configuration.minimumCalls, configuration.window)
        guard latest.count >= Int(minimum) else { return false }
        if let rate = configuration.failureRate,
            tooMany(latest.count { $0.failed }, of: latest.count, rate)
        {
            return true
        }
        return tooMany(latest.count { $0.slow }, of: latest.count, configuration.slowRate)
    }
}

/// One random schedule, played to a breaker and to the model.
private struct Schedule {
    var random: SplitMix64
    var breaker: Breaker
    var model: Model
    var now: UInt64 = 0
    var permits: [Int: Breaker.Permit] = [:]
    var running: [Int] = []
    var generation: UInt32 = 0
    var returned: [Int] = []
    var next = 0
    var fault: String?

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        let configuration = Breaker.Configuration(
            failureRate: [nil, 0, 300_000, 500_000, 1_000_000].randomElement(using: &random)
                ?? nil,
            slowCall: [nil, 5, 20].randomElement(using: &random) ?? nil,
            slowRate: [250_000, 500_000, 1_000_000].randomElement(using: &random) ?? 1_000_000,
            window: UInt32.random(in: 1...8, using: &random),
            minimumCalls: UInt32.random(in: 0...10, using: &random),
            consecutiveFailures: [nil, 1, 3].randomElement(using: &random) ?? nil,
            recovery: UInt64.random(in: 0...60, using: &random), recoveryJitter: 0,
            probes: UInt32.random(in: 1...4, using: &random),
            probeLease: UInt64.random(in: 1...40, using: &random))
        breaker = Breaker(configuration)
        model = Model(configuration: configuration)
    }

    mutating func run(steps: Int) {
        // How bad the node is, for the whole schedule: from always up to always down.
        let badness = UInt64.random(in: 0...10, using: &random)
        for step in 0..<steps where fault == nil {
            switch UInt64.random(in: 0..<10, using: &random) {
            case 0...3: acquire()
            case 4...6: release(badness)
            case 7: releaseAgain(badness)
            default: now += UInt64.random(in: 0...25, using: &random)
            }
            check(step)
        }
        if fault == nil { recovers() }
    }

    private mutating func acquire() {
        let permit = breaker.acquire(now: now, using: &random)
        let isAllowed = model.acquire(next, now)
        if (permit != nil) != isAllowed { fault = "acquire gave \(permit as Any) at \(now)" }
        if let permit {
            permits[next] = permit
            running.append(next)
            generation = permit.generation
            if permit.isProbe != model.tickets[next]?.isProbe { fault = "wrong kind at \(now)" }
        }
        next += 1
    }

    private mutating func outcome(_ badness: UInt64) -> Breaker.Outcome {
        if UInt64.random(in: 0..<8, using: &random) == 0 { return .neutral }
        if UInt64.random(in: 0..<8, using: &random) == 0 { return .failure(.schemaDrift) }
        return UInt64.random(in: 0..<10, using: &random) < badness ? .failure(.timeout) : .success
    }

    private mutating func release(_ badness: UInt64) {
        guard !running.isEmpty else { return }
        let id = running.remove(at: Int(random.next() % UInt64(running.count)))
        returned.append(id)
        giveBack(id, outcome(badness))
    }

    /// A permit that was given back before: misuse must decide nothing for a probe.
    private mutating func releaseAgain(_ badness: UInt64) {
        guard let id = returned.randomElement(using: &random), permits[id]?.isProbe == true else {
            return
        }
        giveBack(id, outcome(badness))
    }

    private mutating func giveBack(_ id: Int, _ outcome: Breaker.Outcome) {
        guard let permit = permits[id] else { return }
        breaker.release(permit, outcome, now: now, using: &random)
        model.release(id, outcome, now)
    }

    private mutating func check(_ step: Int) {
        let state = breaker.state(now: now)
        if state != model.read(now) {
            fault = "step \(step): \(state), the model \(model.read(now))"
        }
        let probes = running.count { id in
            permits[id].map { $0.isProbe && $0.generation == generation } ?? false
        }
        if probes > Int(breaker.configuration.probes) { fault = "step \(step): \(probes) probes" }
        let counters = breaker.counters
        if counters.closed > counters.halfOpened || counters.halfOpened > counters.opened {
            fault = "step \(step): \(counters)"
        }
    }

    /// Never stuck: whatever happened, a node that is up again is called again.
    private mutating func recovers() {
        now += breaker.configuration.probeLease + breaker.configuration.recovery
        for _ in 0..<breaker.configuration.probes where breaker.state(now: now) != .closed {
            guard let permit = breaker.acquire(now: now, using: &random) else {
                fault = "stuck \(breaker.state(now: now)) at the end"
                return
            }
            breaker.release(permit, .success, now: now, using: &random)
        }
        if breaker.state(now: now) != .closed { fault = "does not close at the end" }
    }
}

struct BreakerModelTests {
    @Test(arguments: 0..<100)
    func itDoesWhatANaiveBreakerDoes(block: UInt64) {
        for seed in block * 1000..<(block + 1) * 1000 {
            var schedule = Schedule(seed: seed)
            schedule.run(steps: 30)
            #expect(schedule.fault == nil, "seed \(seed)")
        }
    }

    /// Times at both ends, clocks that step back, configurations of nothing: no trap.
    @Test(arguments: 0..<20)
    func noTimeAndNoConfigurationTraps(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let numbers: [UInt64] = [0, 1, 2, 1_000_000, .max / 2, .max - 1, .max]
        let small: [UInt32] = [0, 1, 2, 1_000_000, 4_000_000, .max]
        for _ in 0..<50 {
            var breaker = Breaker(
                Breaker.Configuration(
                    failureRate: small.randomElement(using: &random),
                    slowCall: numbers.randomElement(using: &random),
                    slowRate: small.randomElement(using: &random) ?? 0,
                    window: UInt32.random(in: 0...3, using: &random),
                    minimumCalls: small.randomElement(using: &random) ?? 0,
                    consecutiveFailures: small.randomElement(using: &random),
                    recovery: numbers.randomElement(using: &random) ?? 0,
                    recoveryJitter: small.randomElement(using: &random) ?? 0,
                    probes: small.randomElement(using: &random) ?? 0,
                    probeLease: numbers.randomElement(using: &random) ?? 0))
            for _ in 0..<100 {
                let now = numbers.randomElement(using: &random) ?? 0
                let end = numbers.randomElement(using: &random) ?? 0
                if let permit = breaker.acquire(now: now, using: &random) {
                    breaker.release(permit, .failure(.timeout), now: end, using: &random)
                }
                _ = breaker.state(now: end)
            }
            #expect(breaker.counters.halfOpened <= breaker.counters.opened)
        }
    }
}
