import Chain
import Testing

private let second: UInt64 = 1_000_000_000

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
