import Chain
import Testing

private let second: UInt64 = 1_000_000_000

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

private func quick(
    probes: UInt32 = 1, recovery: UInt64 = 10 * second, lease: UInt64 = 30 * second
) -> Breaker.Configuration {
    Breaker.Configuration(
        window: 10, minimumCalls: 5, recovery: recovery, probes: probes, probeLease: lease)
}

struct BreakerProbeTests {
    static let neutral: [Breaker.Outcome] = [
        .neutral, .failure(.schemaDrift), .failure(.divergence), .failure(.unrecoverable),
        .failure(.duplicate), .failure(.denied), .failure(.unknownOutcome),
        .failure(.breakerOpen), .failure(Signal(rawValue: 199)),
    ]

    // R25, R33, S5
    @Test(arguments: neutral)
    func aNeutralProbeGivesItsPlaceBackAndDecidesNothing(_ outcome: Breaker.Outcome) throws {
        let bench = Bench(quick())
        bench.openAndWait()
        for _ in 0..<50 {
            let probe = try #require(bench.acquire())
            #expect(bench.acquire() == nil)
            #expect(bench.release(probe, outcome) == nil)
            #expect(bench.state == .halfOpen)
        }
        #expect(bench.call(.success))
        #expect(bench.state == .closed)
    }

    // R26, S5
    @Test func aHungProbeFailsWhenItsLeaseEnds() throws {
        let bench = Bench(quick(lease: 3 * second))
        bench.openAndWait()
        let hung = try #require(bench.acquire())
        bench.now += 3 * second - 1
        #expect(bench.acquire() == nil)
        #expect(bench.state == .halfOpen)
        bench.now += 1
        #expect(bench.state == .open)
        #expect(bench.acquire() == nil)
        #expect(bench.breaker.counters.lapsed == 1)
        bench.now += 20 * second
        let next = try #require(bench.acquire())
        // The hung one comes back at last, and must not close it for the next.
        #expect(bench.release(hung, .success) == nil)
        #expect(bench.state == .halfOpen)
        #expect(bench.breaker.counters.late == 1)
        bench.release(next, .success)
        #expect(bench.state == .closed)
    }

    @Test func aLapsedLeaseReopensFromItsEndAndNotFromWhenItIsSeen() throws {
        let bench = Bench(quick(lease: 3 * second))
        bench.openAndWait()
        _ = try #require(bench.acquire())
        bench.now += 3 * second + 24 * second
        // Open from the end of the lease for at most 12 s: it is half-open again long since.
        #expect(bench.state == .halfOpen)
        #expect(bench.acquire()?.isProbe == true)
    }

    // R27
    @Test func tooFewProbesAreDecidedByTime() {
        let bench = Bench(quick(probes: 10, lease: 5 * second))
        bench.openAndWait()
        for _ in 0..<4 { bench.call(.success) }
        bench.now += 5 * second - 1
        #expect(bench.state == .halfOpen)
        bench.now += 1
        #expect(bench.state == .closed)
        #expect(bench.acquire()?.isProbe == false)
        #expect(bench.breaker.counters.closed == 1)
    }

    @Test func timeDecidesNothingWhileAProbeRuns() throws {
        let bench = Bench(quick(probes: 10, lease: 5 * second))
        bench.openAndWait()
        bench.call(.success)
        bench.now += 4 * second
        let running = try #require(bench.acquire())
        bench.now += 2 * second
        #expect(bench.state == .halfOpen)
        #expect(bench.release(running, .success)?.to == .closed)
    }

    @Test func withoutASuccessTimeDecidesNothing() {
        let bench = Bench(quick(probes: 10, lease: 5 * second))
        bench.openAndWait()
        bench.call(.neutral)
        bench.now += 100 * second
        #expect(bench.state == .halfOpen)
        #expect(bench.acquire()?.isProbe == true)
    }

    // R28, R35
    @Test(arguments: [1, 3, 10, 50])
    func ofFiftyCallersExactlySoManyProbe(probes: Int) {
        let bench = Bench(quick(probes: UInt32(probes)))
        bench.openAndWait()
        let refusedBefore = bench.breaker.counters.refused
        let permits = bench.acquire(50)
        #expect(permits.count == probes)
        #expect(permits.filter(\.isProbe).count == probes)
        #expect(bench.breaker.counters.refused - refusedBefore == UInt64(50 - probes))
    }

    // R29
    @Test(arguments: [1, 2, 9])
    func oneFailedProbeReopensWhateverTheRate(succeededBefore: Int) {
        var configuration = quick(probes: 10)
        configuration.failureRate = 900_000
        let bench = Bench(configuration)
        bench.openAndWait()
        for _ in 0..<succeededBefore { bench.call(.success) }
        #expect(bench.state == .halfOpen)
        bench.call(.failure(.timeout))
        #expect(bench.state == .open)
    }

    // S6
    @Test func threeProbesNeedThreeSuccesses() {
        let bench = Bench(quick(probes: 3))
        bench.openAndWait()
        for _ in 0..<2 {
            bench.call(.success)
            #expect(bench.state == .halfOpen)
        }
        bench.call(.success)
        #expect(bench.state == .closed)
    }

    @Test func aPlaceThatSucceededIsNotGivenAgain() {
        let bench = Bench(quick(probes: 3))
        bench.openAndWait()
        bench.call(.success)
        #expect(bench.acquire(10).count == 2)
    }

    // S11
    @Test(arguments: [Breaker.Outcome.success, .failure(.timeout), .neutral])
    func tenCallsFromBeforeAddNoProbe(_ end: Breaker.Outcome) throws {
        let bench = Bench(quick())
        let early = bench.acquire(10)
        bench.openAndWait()
        let probe = try #require(bench.acquire())
        for permit in early { #expect(bench.release(permit, end) == nil) }
        #expect(bench.breaker.counters.late == 10)
        #expect(bench.acquire() == nil)
        #expect(bench.state == .halfOpen)
        bench.release(probe, .success)
        #expect(bench.state == .closed)
    }

    @Test func callsFromBeforeTheOutageDoNotCountAfterIt() {
        let bench = Bench(quick())
        let early = bench.acquire(20)
        bench.openAndWait()
        bench.call(.success)
        for permit in early { bench.release(permit, .failure(.crash)) }
        #expect(bench.state == .closed)
    }

    @Test func aPermitGivenBackTwiceCountsOnce() throws {
        let bench = Bench(quick(probes: 2))
        bench.openAndWait()
        let probe = try #require(bench.acquire())
        bench.release(probe, .success)
        bench.release(probe, .success)
        #expect(bench.state == .halfOpen)
        let other = try #require(bench.acquire())
        bench.release(probe, .failure(.crash))
        #expect(bench.state == .halfOpen)
        bench.release(other, .success)
        #expect(bench.state == .closed)
    }

    @Test func breakersThatOpenedTogetherProbeApart() {
        var moments: Set<UInt64> = []
        for seed in 0..<200 as Range<UInt64> {
            let bench = Bench(quick(recovery: 10 * second), seed: seed)
            bench.open()
            let opened = bench.now
            // When it reads half-open, by halving the time in which it must.
            var early = opened + 10 * second
            var late = opened + 12 * second
            #expect(bench.breaker.state(now: early - 1) == .open)
            #expect(bench.breaker.state(now: late) == .halfOpen)
            while early < late {
                let middle = early + (late - early) / 2
                if bench.breaker.state(now: middle) == .open {
                    early = middle + 1
                } else {
                    late = middle
                }
            }
            moments.insert((late - opened - 10 * second) / (second / 10))
        }
        // 200 breakers fall into each of the 20 tenths of a second of the jitter.
        #expect(moments.count >= 19)
    }
}

struct BreakerCountingTests {
    // R31
    @Test func theStateIsReadFromTheClockThoughNobodyCalls() {
        let bench = Bench(quick())
        bench.open()
        #expect(bench.state == .open)
        bench.now += 12 * second
        #expect(bench.state == .halfOpen)
        #expect(bench.breaker.counters.halfOpened == 0)
    }

    // R32
    @Test(arguments: [Signal.schemaDrift, .divergence, .unrecoverable, .duplicate])
    func badRecordsNeverOpenAHealthyNode(_ signal: Signal) {
        var configuration = quick()
        configuration.consecutiveFailures = 3
        let bench = Bench(configuration)
        for _ in 0..<20 {
            let isMade = bench.call(.failure(signal))
            #expect(isMade)
        }
        #expect(bench.state == .closed)
        // Nor are they successes: five failures are still five of five.
        for _ in 0..<5 { bench.call(.failure(.unavailable)) }
        #expect(bench.state == .open)
    }

    // R34
    @Test func eachAttemptOfARetryLoopCounts() {
        let bench = Bench(
            Breaker.Configuration(failureRate: nil, consecutiveFailures: 5))
        var made = 0
        for _ in 0..<15 {
            for _ in 0..<3 where bench.call(.failure(.transient)) { made += 1 }
        }
        #expect(made == 5)
    }

    // R35
    @Test func breakerOpenOfANodeBehindIsNotCounted() {
        let bench = Bench(quick())
        for _ in 0..<100 { bench.call(.failure(.breakerOpen)) }
        #expect(bench.state == .closed)
    }

    // R30
    @Test(arguments: 0..<20)
    func afterAnOutageItClosesWithinWaitAndProbeTime(block: UInt64) {
        for seed in block * 50..<(block + 1) * 50 {
            var outage = Outage(seed: seed)
            outage.run()
            #expect(outage.opened, "seed \(seed)")
            #expect(outage.closedAt != nil, "seed \(seed)")
            #expect((outage.closedAt ?? .max) <= outage.latestClose, "seed \(seed)")
        }
    }

    @Test(arguments: [(4, false), (5, true), (6, true)])
    func itOpensAtTheRateAndNotBelow(failures: Int, opens: Bool) {
        let bench = Bench(
            Breaker.Configuration(failureRate: 500_000, window: 10, minimumCalls: 10))
        for index in 0..<10 { bench.call(index < failures ? .failure(.timeout) : .success) }
        #expect((bench.state == .open) == opens)
    }

    @Test func fewerThanTheMinimumSayNothing() {
        let bench = Bench(quick())
        for _ in 0..<4 { bench.call(.failure(.timeout)) }
        #expect(bench.state == .closed)
        bench.call(.failure(.timeout))
        #expect(bench.state == .open)
    }

    @Test func aSuccessMayCompleteTheMinimum() {
        let bench = Bench(quick())
        for _ in 0..<4 { bench.call(.failure(.timeout)) }
        bench.call(.success)
        #expect(bench.state == .open)
    }

    @Test func theWindowForgetsItsOldest() {
        let bench = Bench(
            Breaker.Configuration(failureRate: 500_000, window: 10, minimumCalls: 10))
        for _ in 0..<9 { bench.call(.success) }
        for _ in 0..<4 { bench.call(.failure(.timeout)) }
        for _ in 0..<6 { bench.call(.success) }
        // The four are among the latest ten; they leave the window one by one as others come.
        for _ in 0..<4 { bench.call(.success) }
        for _ in 0..<4 { bench.call(.failure(.timeout)) }
        #expect(bench.state == .closed)
        bench.call(.failure(.timeout))
        #expect(bench.state == .open)
    }

    @Test func aSuccessBreaksARow() {
        let bench = Bench(Breaker.Configuration(failureRate: nil, consecutiveFailures: 3))
        for _ in 0..<10 {
            bench.call(.failure(.timeout))
            bench.call(.failure(.timeout))
            bench.call(.neutral)
            bench.call(.success)
        }
        #expect(bench.state == .closed)
        for _ in 0..<3 { bench.call(.failure(.timeout)) }
        #expect(bench.state == .open)
    }

    @Test func slowCallsOpenItThoughTheySucceed() {
        let bench = Bench(
            Breaker.Configuration(
                slowCall: second, slowRate: 500_000, window: 10, minimumCalls: 10))
        for _ in 0..<5 { bench.call(.success, taking: second - 1) }
        for _ in 0..<4 { bench.call(.success, taking: second) }
        #expect(bench.state == .closed)
        bench.call(.success, taking: second)
        #expect(bench.state == .open)
    }

    @Test(arguments: [(1, Breaker.State.closed), (2, .open)])
    func slowProbesDecideAsSlowCallsDo(slow: Int, ends: Breaker.State) {
        var configuration = quick(probes: 3)
        configuration.slowCall = second
        configuration.slowRate = 500_000
        let bench = Bench(configuration)
        bench.openAndWait()
        for index in 0..<3 { bench.call(.success, taking: index < slow ? second : 0) }
        #expect(bench.state == ends)
    }

    @Test func aRateOfZeroMeansTheFirstFailure() {
        let bench = Bench(Breaker.Configuration(failureRate: 0, window: 10, minimumCalls: 1))
        for _ in 0..<10 { bench.call(.success) }
        #expect(bench.state == .closed)
        bench.call(.failure(.timeout))
        #expect(bench.state == .open)
    }

    @Test func whichSignalsCountIsConfigurable() {
        var configuration = quick()
        configuration.counted = Breaker.CountedSignals(
            including: [.schemaDrift], excluding: [.backpressure])
        let bench = Bench(configuration)
        for _ in 0..<50 { bench.call(.failure(.backpressure)) }
        #expect(bench.state == .closed)
        for _ in 0..<5 { bench.call(.failure(.schemaDrift)) }
        #expect(bench.state == .open)
    }

    @Test func everyChangeIsCountedAndReported() throws {
        let bench = Bench(quick())
        for _ in 0..<4 { bench.call(.failure(.crash)) }
        let permit = try #require(bench.acquire())
        let opened = try #require(bench.release(permit, .failure(.crash)))
        #expect(opened == bench.breaker.lastTransition)
        #expect(opened.from == .closed && opened.to == .open && opened.at == bench.now)
        bench.now += 20 * second
        let probe = try #require(bench.acquire())
        #expect(bench.breaker.lastTransition?.to == .halfOpen)
        #expect(bench.release(probe, .success)?.from == .halfOpen)
        let counters = bench.breaker.counters
        #expect([counters.opened, counters.halfOpened, counters.closed] == [1, 1, 1])
        #expect(counters.transitions == 3)
    }
}

struct BreakerModeTests {
    @Test func forcedOpenMakesNoCall() {
        let bench = Bench(quick())
        let early = bench.acquire(3)
        bench.breaker.force(.forcedOpen)
        #expect(bench.state == .open)
        bench.now += 1000 * second
        #expect(bench.acquire(10).isEmpty)
        for permit in early { bench.release(permit, .success) }
        #expect(bench.state == .open)
        #expect(bench.breaker.mode == .forcedOpen)
    }

    @Test func forcedClosedMakesEveryCallAndCountsNone() {
        let bench = Bench(quick())
        bench.open()
        bench.breaker.force(.forcedClosed)
        for _ in 0..<100 { bench.call(.failure(.crash)) }
        #expect(bench.state == .closed)
        bench.breaker.force(.automatic)
        for _ in 0..<4 { bench.call(.failure(.crash)) }
        #expect(bench.state == .closed)
        bench.call(.failure(.crash))
        #expect(bench.state == .open)
    }

    @Test func automaticAgainStartsClosedAndForgets() {
        let bench = Bench(quick())
        for _ in 0..<4 { bench.call(.failure(.crash)) }
        let early = bench.acquire(5)
        bench.breaker.force(.automatic)
        for permit in early { bench.release(permit, .failure(.crash)) }
        for _ in 0..<4 { bench.call(.failure(.crash)) }
        #expect(bench.state == .closed)
    }

    @Test func observeOnlySaysWhatItWouldDoAndHoldsNothingBack() {
        let bench = Bench(quick())
        bench.breaker.force(.observeOnly)
        for _ in 0..<5 { bench.call(.failure(.crash)) }
        #expect(bench.state == .open)
        for _ in 0..<20 {
            let isMade = bench.call(.failure(.crash))
            #expect(isMade)
        }
        bench.now += 20 * second
        let permits = bench.acquire(10)
        #expect(permits.count == 10)
        #expect(permits.filter(\.isProbe).count == 1)
        // Only the probe decides; the nine others could not even if they came first.
        for permit in permits.reversed() {
            bench.release(permit, permit.isProbe ? .success : .failure(.crash))
        }
        #expect(bench.state == .closed)
        #expect(bench.breaker.counters.refused == 0)
    }
}

/// A hundred callers, an outage, and its end.
private struct Outage {
    private enum Event {
        case arrive
        case finish(Breaker.Permit)
    }

    let start = 5 * second
    let end: UInt64
    let longestCall = 2 * second
    let lease = 4 * second
    let gap = second
    private let bench: Bench
    private var events: [(at: UInt64, order: UInt64, event: Event)] = []
    private var order: UInt64 = 0
    private(set) var opened = false
    private(set) var closedAt: UInt64?

    init(seed: UInt64) {
        bench = Bench(
            Breaker.Configuration(
                window: 20, minimumCalls: 10, recovery: 10 * second,
                probes: UInt32(1 + seed % 5), probeLease: 4 * second), seed: seed, now: 0)
        end = start + 1 * second + (seed % 30) * second
        for _ in 0..<100 { schedule(.arrive, within: gap) }
    }

    /// What was under way when it ended may fail or hang; then one wait, and the probes' own time.
    var latestClose: UInt64 { end + max(longestCall, lease) + 12 * second + gap + longestCall }

    private mutating func schedule(_ event: Event, within: UInt64) {
        order += 1
        let at = bench.now + UInt64.random(in: 1...within, using: &bench.random)
        // The next event is the last: the place of this one by halving.
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if (events[middle].at, events[middle].order) > (at, order) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        events.insert((at, order, event), at: low)
    }

    mutating func run() {
        while let next = events.popLast(), next.at < end + 60 * second, closedAt == nil {
            bench.now = next.at
            switch next.event {
            case .arrive: arrive()
            case .finish(let permit):
                let isDown = (start..<end).contains(bench.now)
                bench.release(permit, isDown ? .failure(.unavailable) : .success)
                schedule(.arrive, within: gap)
            }
            opened = opened || bench.state == .open
            if bench.now >= end, bench.state == .closed { closedAt = bench.now }
        }
    }

    private mutating func arrive() {
        guard let permit = bench.acquire() else { return schedule(.arrive, within: gap) }
        let hangs = (start..<end).contains(bench.now) && bench.random.next() % 10 == 0
        if hangs {
            // The lane is abandoned and another caller takes its place.
            schedule(.arrive, within: gap)
        } else {
            schedule(.finish(permit), within: longestCall)
        }
    }
}
