extension Breaker {
    /// The latest counted calls, in memory that is taken once.
    struct Window: Sendable {
        private static let failureBit: UInt8 = 1
        private static let slowBit: UInt8 = 2

        private var calls: [UInt8]
        private var next = 0
        private(set) var count: UInt64 = 0
        private(set) var failures: UInt64 = 0
        private(set) var slow: UInt64 = 0

        init(capacity: UInt32) {
            calls = Array(repeating: 0, count: Int(max(1, capacity)))
        }

        mutating func record(isFailure: Bool, isSlow: Bool) {
            let old = calls[next]
            if count == UInt64(calls.count) {
                failures -= UInt64(old & Self.failureBit)
                slow -= UInt64((old & Self.slowBit) >> 1)
            } else {
                count += 1
            }
            calls[next] = (isFailure ? Self.failureBit : 0) | (isSlow ? Self.slowBit : 0)
            failures += isFailure ? 1 : 0
            slow += isSlow ? 1 : 0
            next += 1
            if next == calls.count { next = 0 }
        }

        mutating func clear() {
            next = 0
            count = 0
            failures = 0
            slow = 0
        }
    }
}
