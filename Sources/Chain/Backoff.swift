extension RetryPolicy {
    /// The shortest wait there is, in nanoseconds, unless the cap is shorter still: full jitter alone
    /// would now and then be an instant retry.
    public static let shortestWait: UInt64 = 1_000_000

    /// How many times its cap a policy waits at most when it is told to by a `retry_after`.
    public static let retryAfterLimit: UInt64 = 10

    /// The wait ahead of the next try: full jitter below an exponential that the cap limits.
    ///
    /// - Parameters:
    ///   - attempt: the number of the try that has just failed, from 1; 0 counts as 1.
    ///   - retryAfter: what the tier asked for, in nanoseconds; 0 when it said nothing. The wait is
    ///     never shorter, but a tier that asks for more than ``retryAfterLimit`` times the cap gets
    ///     that: a wrong header does not park a batch for a year.
    /// - Returns: nanoseconds, from ``shortestWait`` (or the cap, when that is less) to the cap, or
    ///   what `retryAfter` asks for when that is more.
    public func delay(
        attempt: UInt32, retryAfter: UInt64, using random: inout some RandomNumberGenerator
    ) -> UInt64 {
        let shortest = min(Self.shortestWait, cap)
        let longest = max(shortest, ceiling(attempt: attempt))
        let jittered = UInt64.random(in: shortest...longest, using: &random)
        let asked = min(retryAfter, cap.multipliedSaturated(by: Self.retryAfterLimit))
        return max(jittered, asked)
    }

    /// `base` doubled for each attempt after the first, and never above `cap`.
    private func ceiling(attempt: UInt32) -> UInt64 {
        let doublings = attempt > 0 ? attempt - 1 : 0
        // Shifting `base` could push bits out; shifting `cap` down only rounds, and is right for all.
        guard doublings < 64, base <= cap >> UInt64(doublings) else {
            return base == 0 ? 0 : cap
        }
        return base << UInt64(doublings)
    }
}
