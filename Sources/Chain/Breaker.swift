/// Stops calling a node that fails, and finds out when it works again.
///
/// Closed, it counts the latest calls; open, it refuses; half-open, it lets exactly so many probes
/// through. Each probe has a lease: one that does not come back counts as failed. Each change begins
/// a generation, and what comes back from an earlier one is ignored.
///
/// Signals about a record are neither failure nor success. A call that a ``ConcurrencyLimit`` refused
/// was not made: ask the limit first, or give the permit back as ``Outcome/neutral``.
///
/// A pure state machine with an injected clock and injected randomness; the runtime guards it with a
/// lock. One breaker belongs to one node and one generation of its plugin. Memory is taken once, when
/// it is made.
public struct Breaker: Sendable {
    /// Where the breaker is, as of the last thing that it was told.
    private enum Phase: Sendable, Equatable {
        case closed
        case open(until: UInt64)
        case halfOpen
    }

    public let configuration: Configuration
    /// Who decides at present.
    public private(set) var mode: Mode = .automatic
    /// What has happened so far.
    public private(set) var counters = Counters()
    /// The latest change of state.
    public private(set) var lastTransition: Transition?

    private var phase: Phase = .closed
    private var generation: UInt32 = 0
    private var window: Window
    private var failuresInARow: UInt32 = 0
    private var halfOpen: HalfOpen
    /// How long it will be open when half-open ends without a failure that was told. Drawn ahead of
    /// time, so that the clock alone says in which state the breaker is.
    private var nextRecovery: UInt64

    /// A closed breaker that has seen nothing.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        window = Window(capacity: configuration.window)
        halfOpen = HalfOpen(places: configuration.probes, leaseLength: configuration.probeLease)
        nextRecovery = configuration.recovery
    }

    // MARK: - Calls

    /// Asks for the right to make a call.
    ///
    /// - Returns: nil when the breaker is open: the record takes the edge for `breaker_open` at once.
    ///   Every permit is given back with ``release(_:_:now:using:)``; one that never is costs a
    ///   probe's place until its lease ends, and otherwise nothing.
    public mutating func acquire(
        now: UInt64, using random: inout some RandomNumberGenerator
    ) -> Permit? {
        if phase == .closed, mode != .forcedOpen {
            return Permit(generation: generation, startedAt: now, probe: 0)
        }
        return acquireSlowly(now: now, using: &random)
    }

    private mutating func acquireSlowly(
        now: UInt64, using random: inout some RandomNumberGenerator
    ) -> Permit? {
        guard mode != .forcedOpen else { return refuse() }
        catchUp(to: now)
        if case .open(let until) = phase, now >= until {
            nextRecovery = recovery(using: &random)
            beginProbing(at: now)
        }
        switch phase {
        case .closed:
            return Permit(generation: generation, startedAt: now, probe: 0)
        case .halfOpen:
            if let probe = halfOpen.takePlace(now: now) {
                return Permit(generation: generation, startedAt: now, probe: probe)
            }
        case .open:
            break
        }
        guard mode == .observeOnly else { return refuse() }
        // It goes through but is no probe, so its result can decide nothing.
        return Permit(generation: generation, startedAt: now, probe: 0)
    }

    private mutating func refuse() -> Permit? {
        counters.refused += 1
        return nil
    }

    /// Gives a permit back with the end of its call.
    ///
    /// - Parameter outcome: a failure on a signal that is not counted is neutral: it gives a probe's
    ///   place back and decides nothing.
    /// - Returns: the change of state that followed, if one did.
    @discardableResult
    public mutating func release(
        _ permit: Permit, _ outcome: Outcome, now: UInt64,
        using random: inout some RandomNumberGenerator
    ) -> Transition? {
        guard mode != .forcedOpen, mode != .forcedClosed else { return nil }
        if phase == .closed, permit.generation == generation {
            guard let isFailure = isFailure(outcome), record(permit, isFailure, now) else {
                return nil
            }
            return open(at: now, for: recovery(using: &random))
        }
        return releaseSlowly(permit, outcome, now: now, using: &random)
    }

    private mutating func releaseSlowly(
        _ permit: Permit, _ outcome: Outcome, now: UInt64,
        using random: inout some RandomNumberGenerator
    ) -> Transition? {
        let byClock = catchUp(to: now)
        guard permit.generation == generation else {
            counters.late += 1
            return byClock
        }
        guard phase == .halfOpen, permit.isProbe else { return nil }
        guard halfOpen.giveBack(permit.probe) else {
            counters.late += 1
            return nil
        }
        switch isFailure(outcome) {
        case true?: return open(at: now, for: recovery(using: &random))
        case false?: halfOpen.succeed(isSlow: isSlow(permit, now: now))
        case nil: break
        }
        guard halfOpen.haveAllSucceeded || halfOpen.timeIsUp(by: now) != nil else { return nil }
        return decide(at: now)
    }

    /// Whether the outcome is a failure; nil when it is neutral.
    private func isFailure(_ outcome: Outcome) -> Bool? {
        switch outcome {
        case .success: false
        case .neutral: nil
        case .failure(let signal): configuration.counted.contains(signal) ? true : nil
        }
    }

    private func isSlow(_ permit: Permit, now: UInt64) -> Bool {
        guard let slowCall = configuration.slowCall else { return false }
        return now.since(permit.startedAt) >= slowCall
    }

    /// Counts a call of the closed breaker.
    ///
    /// - Returns: whether it is now to open.
    private mutating func record(_ permit: Permit, _ isFailure: Bool, _ now: UInt64) -> Bool {
        window.record(isFailure: isFailure, isSlow: isSlow(permit, now: now))
        if isFailure {
            failuresInARow = failuresInARow == .max ? .max : failuresInARow + 1
        } else {
            failuresInARow = 0
        }
        if let limit = configuration.consecutiveFailures, isFailure, failuresInARow >= limit {
            return true
        }
        guard window.count >= UInt64(min(configuration.minimumCalls, max(1, configuration.window)))
        else {
            return false
        }
        if let rate = configuration.failureRate, reaches(window.failures, of: window.count, rate) {
            return true
        }
        return reaches(window.slow, of: window.count, configuration.slowRate)
    }

    /// Whether a count, none excepted, is at or above its share of a total.
    private func reaches(_ count: UInt64, of total: UInt64, _ millionths: UInt32) -> Bool {
        count > 0 && count * 1_000_000 >= total * UInt64(millionths)
    }

    // MARK: - State

    /// The state at a moment, whether or not anyone has called since it changed.
    ///
    /// A breaker whose time is up reads half-open, though its first probe is yet to come.
    public func state(now: UInt64) -> State {
        switch mode {
        case .forcedOpen: return .open
        case .forcedClosed: return .closed
        case .automatic, .observeOnly: break
        }
        var then = self
        then.catchUp(to: now)
        switch then.phase {
        case .closed: return .closed
        case .open(let until): return now >= until ? .halfOpen : .open
        case .halfOpen: return .halfOpen
        }
    }

    /// Puts an operator in charge, or the breaker again.
    ///
    /// Calls that are under way no longer count. ``Mode/automatic`` starts closed and has forgotten
    /// what it saw: that is how a breaker is reset.
    public mutating func force(_ mode: Mode) {
        self.mode = mode
        enter(.closed)
    }

    /// Makes the change that the clock alone has brought about, if there is one.
    @discardableResult
    private mutating func catchUp(to now: UInt64) -> Transition? {
        guard phase == .halfOpen else { return nil }
        if let end = halfOpen.lapse(by: now) {
            counters.lapsed += 1
            return open(at: end, for: nextRecovery)
        }
        return halfOpen.timeIsUp(by: now).map { decide(at: $0) }
    }

    /// Ends the half-open time after probes that have all succeeded.
    private mutating func decide(at now: UInt64) -> Transition {
        let areTooSlow = reaches(
            UInt64(halfOpen.slow), of: UInt64(halfOpen.succeeded), configuration.slowRate)
        return areTooSlow ? open(at: now, for: nextRecovery) : close(at: now)
    }

    private func recovery(using random: inout some RandomNumberGenerator) -> UInt64 {
        let stretch = configuration.recovery.multipliedFullWidth(
            by: UInt64(configuration.recoveryJitter))
        guard stretch.high < 1_000_000 else { return .max }
        let longest = UInt64(1_000_000).dividingFullWidth(stretch).quotient
        return configuration.recovery.addingSaturated(
            UInt64.random(in: 0...longest, using: &random))
    }

    private mutating func open(at now: UInt64, for time: UInt64) -> Transition {
        counters.opened += 1
        return change(.open(until: now.addingSaturated(time)), to: .open, at: now)
    }

    private mutating func beginProbing(at now: UInt64) {
        counters.halfOpened += 1
        change(.halfOpen, to: .halfOpen, at: now)
        halfOpen.begin()
    }

    private mutating func close(at now: UInt64) -> Transition {
        counters.closed += 1
        return change(.closed, to: .closed, at: now)
    }

    @discardableResult
    private mutating func change(_ phase: Phase, to state: State, at now: UInt64) -> Transition {
        let transition = Transition(from: name(of: self.phase), to: state, at: now)
        enter(phase)
        lastTransition = transition
        return transition
    }

    private mutating func enter(_ phase: Phase) {
        self.phase = phase
        generation &+= 1
        failuresInARow = 0
        window.clear()
    }

    private func name(of phase: Phase) -> State {
        switch phase {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }
}
