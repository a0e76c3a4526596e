import Chain
import Testing

struct ConcurrencyLimitTests {
    @Test(arguments: [1, 2, 7])
    func noMoreThanTheLimitRunAtOnce(limit: Int) {
        var places = ConcurrencyLimit(limit)
        for _ in 0..<limit { #expect(places.acquire() == true) }
        #expect(places.acquire() == false)
        #expect(places.inUse == limit)
        #expect(places.refused == 1)
        places.release()
        #expect(places.acquire() == true)
    }

    // R81
    @Test func theGaugeNeverReadsBelowZero() {
        var places = ConcurrencyLimit(3)
        #expect(places.acquire() == true)
        for _ in 0..<5 { places.release() }
        #expect(places.inUse == 0)
        let granted = (0..<4).map { _ in places.acquire() }
        #expect(granted == [true, true, true, false])
    }

    @Test(arguments: [(Int.min, 1), (0, 1), (1, 1), (2, 1), (8, 7)])
    func oneLaneIsLeftToOthersButNeverNone(lanes: Int, limit: Int) {
        #expect(ConcurrencyLimit(belowLanes: lanes).limit == limit)
    }
}

struct GateToleranceTests {
    /// Misfits, accepted records, tolerated millionths, whether that is too much.
    static let shares: [(UInt32, UInt64, UInt32, Bool)] = [
        (0, 100, 0, false), (1, 100, 0, true), (0, 0, 0, false),
        (5, 100, 50_000, false), (6, 100, 50_000, true),
        (1, 3, 333_333, true), (1, 3, 333_334, false),
        (100, 100, 1_000_000, false), (100, 100, 999_999, true),
        (1, .max, 1, false), (3, 4, .max, false),
    ]

    // R86: a share of 0 means 0, and a share is never above one.
    @Test(arguments: shares)
    func moreThanTheShareIsTooMuch(
        misfits: UInt32, accepted: UInt64, millionths: UInt32, isExceeded: Bool
    ) {
        var gate = GateTolerance(millionths: millionths, records: 100)
        for ordinal in 0..<misfits { gate.misfit(ordinal: ordinal) }
        #expect(gate.isExceeded(accepted: accepted) == isExceeded)
    }

    @Test func aRecordCountsOnceHoweverOftenItIsMet() {
        var gate = GateTolerance(millionths: 20_000, records: 100)
        // The batch is halved twice and tried again: the same two records fail each time.
        for _ in 0..<7 {
            gate.misfit(ordinal: 63)
            gate.misfit(ordinal: 64)
        }
        #expect(gate.misfits == 2)
        #expect(!gate.isExceeded(accepted: 100))
        #expect(gate.misfit(ordinal: 65) == true)
        #expect(gate.isExceeded(accepted: 100))
    }

    @Test(arguments: [0, 1, 63, 64, 65, 1000] as [UInt32])
    func ordinalsBeyondTheBatchAreIgnored(records: UInt32) {
        var gate = GateTolerance(millionths: 0, records: records)
        for ordinal in [records, records + 1, .max] {
            #expect(gate.misfit(ordinal: ordinal) == false)
        }
        #expect(gate.misfits == 0)
        for ordinal in 0..<records { #expect(gate.misfit(ordinal: ordinal) == true) }
        #expect(gate.misfits == UInt64(records))
    }

    @Test(arguments: 0..<50)
    func itCountsWhatASetCounts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let records = UInt32.random(in: 1...300, using: &random)
        var gate = GateTolerance(millionths: 100_000, records: records)
        var seen: Set<UInt32> = []
        for _ in 0..<300 {
            let ordinal = UInt32.random(in: 0..<records, using: &random)
            #expect(gate.misfit(ordinal: ordinal) == seen.insert(ordinal).inserted)
            #expect(gate.misfits == UInt64(seen.count))
        }
    }
}
