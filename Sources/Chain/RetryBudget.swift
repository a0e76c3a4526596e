/// How many retries a whole pipeline may make: a share of its calls, over a sliding window.
///
/// Each retry node has its own number of attempts; all of them together draw on this budget, so that
/// an outage is not answered with a multiple of the load that brought it about. A pure state machine;
/// the runtime guards it with a lock. Memory is taken once.
public struct RetryBudget: Sendable {
    private struct Bucket: Sendable {
        var calls: UInt64 = 0
        var retries: UInt64 = 0
    }

    private static let bucketCount: UInt64 = 10

    private let millionths: UInt32
    private let floor: UInt64
    private let bucketWidth: UInt64
    private var buckets: [Bucket]
    private var current: UInt64 = 0
    private var currentEnd: UInt64

    /// Retries that the budget has refused since it was made.
    public private(set) var refused: UInt64 = 0

    /// A budget with nothing spent.
    ///
    /// - Parameters:
    ///   - millionths: retries allowed per million calls of the window.
    ///   - floor: retries that a window always allows, however few its calls.
    ///   - window: nanoseconds that calls and retries are remembered, to a tenth of it.
    public init(
        millionths: UInt32 = 200_000, floor: UInt64 = 100, window: UInt64 = 10_000_000_000
    ) {
        self.millionths = millionths
        self.floor = floor
        bucketWidth = max(1, window / Self.bucketCount)
        buckets = Array(repeating: Bucket(), count: Int(Self.bucketCount))
        currentEnd = bucketWidth
    }

    /// A call was made, whether it was the first or a retry.
    public mutating func recordCall(now: UInt64) {
        advance(to: now)
        buckets[place].calls &+= 1
    }

    /// Asks for one retry, and spends it when it is granted.
    ///
    /// - Returns: false when the budget is spent: the records take the retry node's own edge.
    public mutating func tryRetry(now: UInt64) -> Bool {
        advance(to: now)
        let calls = buckets.reduce(UInt64(0)) { $0 &+ $1.calls }
        let retries = buckets.reduce(UInt64(0)) { $0 &+ $1.retries }
        let inShare = UInt128(retries + 1) * 1_000_000 <= UInt128(calls) * UInt128(millionths)
        guard retries < floor || inShare else {
            refused += 1
            return false
        }
        buckets[place].retries += 1
        return true
    }

    private var place: Int { Int(current % Self.bucketCount) }

    /// Empties the buckets whose time has come round again. A clock that reads earlier than before
    /// counts in the current bucket.
    private mutating func advance(to now: UInt64) {
        guard now >= currentEnd else { return }
        let target = now / bucketWidth
        let stale = min(target - current, Self.bucketCount)
        for step in 0..<stale {
            buckets[Int((target - step) % Self.bucketCount)] = Bucket()
        }
        current = target
        currentEnd = (target * bucketWidth).addingSaturated(bucketWidth)
    }
}
