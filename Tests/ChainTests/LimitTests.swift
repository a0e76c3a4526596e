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
