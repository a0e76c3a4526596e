/// How many calls of one node may run at once: one slow tier does not take every lane.
///
/// A call that finds no place ends as `backpressure` of the host's own making: it was never made, so
/// it asks for no breaker's permit (or gives one back as `neutral`).
public struct ConcurrencyLimit: Sendable, Equatable {
    public let limit: Int
    /// Places taken; never below 0 and never above ``limit``.
    public private(set) var inUse = 0
    /// Calls that found no place.
    public private(set) var refused: UInt64 = 0

    /// A limit of so many calls, at least 1.
    public init(_ limit: Int) {
        self.limit = max(1, limit)
    }

    /// The limit of a node after the first: one place below the number of lanes, at least 1.
    public init(belowLanes lanes: Int) {
        self.init(max(1, lanes) - 1)
    }

    /// Takes a place.
    public mutating func acquire() -> Bool {
        guard inUse < limit else {
            refused += 1
            return false
        }
        inUse += 1
        return true
    }

    /// Gives a place back. With none taken it does nothing.
    public mutating func release() {
        if inUse > 0 { inUse -= 1 }
    }
}
