import Foundation

/// State that several threads share, with a way to wait for it to change.
///
/// Used where a thread has to block: lanes, sources and committers are threads of their own, never
/// tasks of the cooperative pool.
final class Monitor<State>: @unchecked Sendable {
    // Safe: `state` is only touched between lock() and unlock() of `condition`.
    private let condition = NSCondition()
    private var state: State

    init(_ state: sending State) {
        self.state = state
    }

    /// Changes the state and wakes everyone who waits for it.
    @discardableResult
    func change<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return try body(&state)
    }

    /// Looks at the state.
    func read<Result>(_ body: (State) throws -> Result) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body(state)
    }

    /// What a look at the state says to do.
    enum Look<Result> {
        /// Enough was seen.
        case found(Result)
        /// Look again after the next change, or at this time of the monotonic clock.
        case wait(until: UInt64?)
    }

    /// Looks at the state, again and again, until something is found.
    func wait<Result>(_ look: (inout State) -> Look<Result>) -> Result {
        condition.lock()
        defer { condition.unlock() }
        while true {
            switch look(&state) {
            case .found(let result):
                condition.broadcast()
                return result
            case .wait(nil):
                condition.wait()
            case .wait(let until?):
                let now = MonotonicClock.now()
                let seconds = until > now ? Double(until - now) / 1e9 : 0
                _ = condition.wait(until: Date(timeIntervalSinceNow: seconds + 0.0005))
            }
        }
    }
}
