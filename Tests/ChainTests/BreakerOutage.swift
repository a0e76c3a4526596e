import Chain

private let second: UInt64 = 1_000_000_000

/// A hundred callers, an outage, and its end.
struct Outage {
    private enum Event {
        case arrive
        case finish(Breaker.Permit)
    }

    let start = 5 * second
    let end: UInt64
    let longestCall = 2 * second
    let lease = 4 * second
    let gap = second
    private let bench: Bench
    private var events: [(at: UInt64, order: UInt64, event: Event)] = []
    private var order: UInt64 = 0
    private(set) var opened = false
    private(set) var closedAt: UInt64?

    init(seed: UInt64) {
        bench = Bench(
            Breaker.Configuration(
                window: 20, minimumCalls: 10, recovery: 10 * second,
                probes: UInt32(1 + seed % 5), probeLease: 4 * second), seed: seed, now: 0)
        end = start + 1 * second + (seed % 30) * second
        for _ in 0..<100 { schedule(.arrive, within: gap) }
    }

    /// What was under way when it ended may fail or hang; then one wait, and the probes' own time.
    var latestClose: UInt64 { end + max(longestCall, lease) + 12 * second + gap + longestCall }

    private mutating func schedule(_ event: Event, within: UInt64) {
        order += 1
        let at = bench.now + UInt64.random(in: 1...within, using: &bench.random)
        // The next event is the last: the place of this one by halving.
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if (events[middle].at, events[middle].order) > (at, order) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        events.insert((at, order, event), at: low)
    }

    mutating func run() {
        while let next = events.popLast(), next.at < end + 60 * second, closedAt == nil {
            bench.now = next.at
            switch next.event {
            case .arrive: arrive()
            case .finish(let permit):
                let isDown = (start..<end).contains(bench.now)
                bench.release(permit, isDown ? .failure(.unavailable) : .success)
                schedule(.arrive, within: gap)
            }
            opened = opened || bench.state == .open
            if bench.now >= end, bench.state == .closed { closedAt = bench.now }
        }
    }

    private mutating func arrive() {
        guard let permit = bench.acquire() else { return schedule(.arrive, within: gap) }
        let hangs = (start..<end).contains(bench.now) && bench.random.next() % 10 == 0
        if hangs {
            // The lane is abandoned and another caller takes its place.
            schedule(.arrive, within: gap)
        } else {
            schedule(.finish(permit), within: longestCall)
        }
    }
}
