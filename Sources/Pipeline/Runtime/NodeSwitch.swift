import Chain
import Synchronization

/// What all lanes share of one node: its breaker and its concurrency limit.
final class NodeSwitch: Sendable {
    /// Whether a call may be made.
    enum Entry {
        case permitted(Breaker.Permit)
        /// The breaker is open.
        case open
        /// As many calls as are allowed are under way.
        case full
    }

    private struct State: Sendable {
        var breaker: Breaker
        var limit: ConcurrencyLimit
        var random: SplitMix64
    }

    private let state: Mutex<State>

    init(breaker: Breaker.Configuration, concurrency: Int, seed: UInt64) {
        state = Mutex(
            State(
                breaker: Breaker(breaker), limit: ConcurrencyLimit(concurrency),
                random: SplitMix64(seed: seed)))
    }

    /// Asks for a call. A permitted one has to be left again.
    func enter(now: UInt64) -> Entry {
        state.withLock { state in
            guard state.limit.acquire() else { return .full }
            guard let permit = state.breaker.acquire(now: now, using: &state.random) else {
                state.limit.release()
                return .open
            }
            return .permitted(permit)
        }
    }

    /// Ends a call.
    func leave(_ permit: Breaker.Permit, _ outcome: Breaker.Outcome, now: UInt64) {
        state.withLock { state in
            state.limit.release()
            state.breaker.release(permit, outcome, now: now, using: &state.random)
        }
    }
}

extension Breaker.Outcome {
    /// What a breaker counts of a call: a failing dependency, a success, or neither when every
    /// record was turned away for its own sake.
    init(_ result: CallResult, records: Int) {
        if let failure = result.failure {
            self = failure.signal.signalClass == .dependency ? .failure(failure.signal) : .neutral
        } else if records > 0, result.rejects.count == records {
            self = .neutral
        } else {
            self = .success
        }
    }
}
