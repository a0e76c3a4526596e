extension Breaker {
    /// The probes of one half-open time.
    struct HalfOpen: Sendable {
        private struct Lease: Sendable {
            var probe: UInt32
            var end: UInt64
        }

        private let places: UInt32
        private let leaseLength: UInt64
        private var leases: [Lease] = []
        private var given: UInt32 = 0
        /// When the time is up for the calls that have not come; nil before the first probe.
        private var decisionTime: UInt64?

        private(set) var succeeded: UInt32 = 0
        private(set) var slow: UInt32 = 0

        init(places: UInt32, leaseLength: UInt64) {
            self.places = max(1, places)
            self.leaseLength = leaseLength
            leases.reserveCapacity(Int(min(self.places, 1024)))
        }

        var haveAllSucceeded: Bool { succeeded == places }

        /// Forgets everything, and keeps its memory.
        mutating func begin() {
            leases.removeAll(keepingCapacity: true)
            given = 0
            decisionTime = nil
            succeeded = 0
            slow = 0
        }

        /// The number of a new probe, or nil when every place is taken by a probe that runs or by one
        /// that has succeeded.
        mutating func takePlace(now: UInt64) -> UInt32? {
            guard UInt32(leases.count) + succeeded < places else { return nil }
            given &+= 1
            if given == 0 { given = 1 }
            let end = now.addingSaturated(leaseLength)
            leases.append(Lease(probe: given, end: end))
            if decisionTime == nil { decisionTime = end }
            return given
        }

        /// Ends a probe's lease; false when it has none.
        mutating func giveBack(_ probe: UInt32) -> Bool {
            guard let index = leases.firstIndex(where: { $0.probe == probe }) else { return false }
            leases.swapAt(index, leases.count - 1)
            leases.removeLast()
            return true
        }

        mutating func succeed(isSlow: Bool) {
            succeeded += 1
            slow += isSlow ? 1 : 0
        }

        /// The end of the first lease that has run out.
        func lapse(by now: UInt64) -> UInt64? {
            guard let first = leases.min(by: { $0.end < $1.end }), first.end <= now else {
                return nil
            }
            return first.end
        }

        /// When it was decided by time alone: too few calls came, but those that did succeeded.
        func timeIsUp(by now: UInt64) -> UInt64? {
            guard leases.isEmpty, succeeded > 0, let decisionTime, decisionTime <= now else {
                return nil
            }
            return decisionTime
        }
    }
}
