/// How a retry node tries again.
public struct RetryPolicy: Sendable, Equatable {
    /// Tries in all, the first one included; at least 2.
    public var attempts: UInt32
    /// The wait before the second try, in nanoseconds, before jitter.
    public var base: UInt64
    /// The longest wait, in nanoseconds.
    public var cap: UInt64
    /// Whether a batch is cut in halves for each new try.
    public var halves: Bool

    public init(
        attempts: UInt32 = 3, base: UInt64 = 100_000_000, cap: UInt64 = 10_000_000_000,
        halves: Bool = true
    ) {
        self.attempts = attempts
        self.base = base
        self.cap = cap
        self.halves = halves
    }
}
