import Chain

/// A breaker with its clock and its randomness, so that a test reads as a story.
final class Bench {
    var breaker: Breaker
    var random: SplitMix64
    var now: UInt64

    init(_ configuration: Breaker.Configuration, seed: UInt64 = 1, now: UInt64 = 1000) {
        breaker = Breaker(configuration)
        random = SplitMix64(seed: seed)
        self.now = now
    }

    var state: Breaker.State { breaker.state(now: now) }

    func acquire() -> Breaker.Permit? { breaker.acquire(now: now, using: &random) }

    func acquire(_ count: Int) -> [Breaker.Permit] {
        (0..<count).compactMap { _ in acquire() }
    }

    @discardableResult
    func release(
        _ permit: Breaker.Permit, _ outcome: Breaker.Outcome
    ) -> Breaker.Transition? {
        breaker.release(permit, outcome, now: now, using: &random)
    }

    /// A call that takes some time; false when it was refused.
    @discardableResult
    func call(_ outcome: Breaker.Outcome, taking time: UInt64 = 0) -> Bool {
        guard let permit = acquire() else { return false }
        now += time
        release(permit, outcome)
        return true
    }

    /// Opens it by failures in a row, whatever else is configured.
    func open() {
        while state == .closed { call(.failure(.unavailable)) }
    }

    /// Opens it and waits until it may probe.
    func openAndWait() {
        open()
        now += breaker.configuration.recovery * 2
    }
}

/// A breaker that decides after five calls.
func quick(
    probes: UInt32 = 1, recovery: UInt64 = 10_000_000_000, lease: UInt64 = 30_000_000_000
) -> Breaker.Configuration {
    Breaker.Configuration(
        window: 10, minimumCalls: 5, recovery: recovery, probes: probes, probeLease: lease)
}
