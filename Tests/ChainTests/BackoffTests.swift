import Chain
import Testing

private let millisecond: UInt64 = 1_000_000

struct BackoffTests {
    static let attempts: [UInt32] =
        Array(1...200) + [1000, 65_536, 1 << 31, UInt32.max - 1, UInt32.max]

    static let policies = [
        RetryPolicy(),
        RetryPolicy(base: 300 * millisecond, cap: 60_000 * millisecond),
        RetryPolicy(base: 1, cap: .max),
        RetryPolicy(base: .max, cap: .max),
        RetryPolicy(base: 0, cap: 1000 * millisecond),
        RetryPolicy(base: 5000 * millisecond, cap: 10 * millisecond),
        RetryPolicy(base: 7, cap: 10),
        RetryPolicy(base: 0, cap: 0),
    ]

    // S1
    @Test(arguments: policies)
    func everyAttemptWaitsBetweenTheShortestWaitAndTheCap(_ policy: RetryPolicy) {
        var random = SplitMix64(seed: 1)
        let shortest = min(RetryPolicy.shortestWait, policy.cap)
        for attempt in Self.attempts {
            for _ in 0..<20 {
                let delay = policy.delay(attempt: attempt, retryAfter: 0, using: &random)
                #expect((shortest...policy.cap).contains(delay), "attempt \(attempt)")
            }
        }
    }

    @Test(arguments: [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (6, 1000), (64, 1000)])
    func theLongestWaitDoublesUpToTheCap(attempt: UInt32, longest: UInt64) {
        let policy = RetryPolicy(base: 100 * millisecond, cap: 1000 * millisecond)
        var random = SplitMix64(seed: UInt64(attempt))
        let delays = (0..<2000).map { _ in
            policy.delay(attempt: attempt, retryAfter: 0, using: &random)
        }
        let limit = longest * millisecond
        #expect(delays.allSatisfy { $0 <= limit })
        // Full jitter: all of the range is used.
        #expect(delays.contains { $0 > limit / 20 * 19 })
        #expect(delays.contains { $0 < limit / 20 })
    }

    @Test(arguments: [1, 3, 63, 64, 65, UInt32.max])
    func aTierThatAsksForTimeGetsIt(attempt: UInt32) {
        let policy = RetryPolicy(base: 100 * millisecond, cap: 1000 * millisecond)
        var random = SplitMix64(seed: 3)
        for asked in [1, 50, 999, 5000, 10_000] as [UInt64] {
            let delay = policy.delay(
                attempt: attempt, retryAfter: asked * millisecond, using: &random)
            #expect(delay >= asked * millisecond)
        }
    }

    @Test(arguments: [10_001 * millisecond, UInt64.max])
    func aTierThatAsksForAYearGetsTenTimesTheCap(asked: UInt64) {
        let policy = RetryPolicy(base: 100 * millisecond, cap: 1000 * millisecond)
        var random = SplitMix64(seed: 4)
        let delay = policy.delay(attempt: 1, retryAfter: asked, using: &random)
        #expect(delay == 10_000 * millisecond)
    }

    @Test func attemptZeroCountsAsTheFirst() {
        var one = SplitMix64(seed: 5)
        var other = SplitMix64(seed: 5)
        #expect(
            RetryPolicy().delay(attempt: 0, retryAfter: 0, using: &one)
                == RetryPolicy().delay(attempt: 1, retryAfter: 0, using: &other))
    }

    @Test func theSameSeedGivesTheSameNumbers() {
        // The first three of the published generator for the seed 1234567.
        var random = SplitMix64(seed: 1_234_567)
        let numbers = (0..<3).map { _ in random.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }
}
