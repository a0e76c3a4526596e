import Chain
import Testing

private let second: UInt64 = 1_000_000_000

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
