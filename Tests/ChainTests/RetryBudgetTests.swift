import Chain
import Testing

private let second: UInt64 = 1_000_000_000

struct RetryBudgetTests {
    // R39
    @Test(arguments: [0, 3, 100, 500] as [UInt64])
    func aLongOutageIsNotAnsweredWithAMultipleOfTheLoad(floor: UInt64) {
        var budget = RetryBudget(millionths: 200_000, floor: floor)
        var calls: UInt64 = 0
        var retries: UInt64 = 0
        for call in 0..<1000 as Range<UInt64> {
            budget.recordCall(now: call * 1_000_000)
            calls += 1
            for _ in 0..<3 where budget.tryRetry(now: call * 1_000_000) { retries += 1 }
            #expect(retries * 5 <= max(calls, floor * 5))
        }
        #expect(retries == max(200, floor))
        #expect(budget.refused == 3000 - retries)
    }

    @Test func theFloorIsGrantedWithoutAnyCall() {
        var budget = RetryBudget(floor: 3)
        let granted = (0..<5).map { _ in budget.tryRetry(now: 0) }
        #expect(granted == [true, true, true, false, false])
    }

    @Test func aBudgetOfNothingGrantsNothing() {
        var budget = RetryBudget(millionths: 0, floor: 0)
        for _ in 0..<1000 { budget.recordCall(now: 0) }
        #expect(budget.tryRetry(now: 0) == false)
    }

    @Test func whatIsOlderThanTheWindowIsForgotten() {
        var budget = RetryBudget(millionths: 200_000, floor: 1, window: 10 * second)
        #expect(budget.tryRetry(now: 0) == true)
        #expect(budget.tryRetry(now: 9 * second) == false)
        #expect(budget.tryRetry(now: 10 * second) == true)
    }

    @Test func oldCallsBuyNoRetries() {
        var budget = RetryBudget(millionths: 200_000, floor: 0, window: 10 * second)
        for _ in 0..<100 { budget.recordCall(now: 5 * second) }
        #expect(budget.tryRetry(now: 14 * second) == true)
        #expect(budget.tryRetry(now: 15 * second) == false)
    }

    @Test(arguments: [0, 1, 5, 10, 10 * second, .max] as [UInt64])
    func noTimeAndNoWindowTraps(window: UInt64) {
        var budget = RetryBudget(floor: 1, window: window)
        for now in [0, 5, .max - 1, .max, 3, .max, 0] as [UInt64] {
            budget.recordCall(now: now)
            _ = budget.tryRetry(now: now)
        }
    }

    @Test func aClockThatReadsEarlierCountsInTheCurrentBucket() {
        var budget = RetryBudget(floor: 1, window: 10 * second)
        #expect(budget.tryRetry(now: 100 * second) == true)
        #expect(budget.tryRetry(now: 20 * second) == false)
    }

    /// Against every event kept with its time, over random schedules.
    @Test(arguments: 0..<100)
    func itGrantsWhatACountOfAllEventsGrants(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let floor = UInt64.random(in: 0...5, using: &random)
        let millionths = UInt32.random(in: 0...500_000, using: &random)
        var budget = RetryBudget(millionths: millionths, floor: floor, window: 10 * second)
        var calls: [UInt64] = []
        var retries: [UInt64] = []
        var now: UInt64 = 0
        for _ in 0..<400 {
            // Now and then nothing happens for longer than the window.
            let longest = random.next() % 20 == 0 ? 15 * second : second
            now += UInt64.random(in: 0...longest, using: &random)
            if Bool.random(using: &random) {
                budget.recordCall(now: now)
                calls.append(now)
                continue
            }
            let oldest = now / second < 9 ? 0 : (now / second - 9) * second
            let kept = retries.count { $0 >= oldest }
            let share = UInt64(calls.count { $0 >= oldest }) * UInt64(millionths) / 1_000_000
            let isGranted = UInt64(kept) < max(floor, share)
            #expect(budget.tryRetry(now: now) == isGranted)
            if isGranted { retries.append(now) }
        }
    }
}
