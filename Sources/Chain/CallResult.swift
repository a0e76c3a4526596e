/// What came of one call of a tier, its gates included, or of a sink's prepare.
///
/// Every record of the call that is neither rejected nor filtered was accepted; the runtime has
/// checked that the plugin accounted for each.
public struct CallResult: Sendable, Equatable {
    /// The call failed as a whole.
    public struct Failure: Sendable, Equatable {
        public var signal: Signal
        /// The earliest sensible next try, in nanoseconds from now; 0 when unknown.
        public var retryAfter: UInt64
        public var message: String?

        public init(signal: Signal, retryAfter: UInt64 = 0, message: String? = nil) {
            self.signal = signal
            self.retryAfter = retryAfter
            self.message = message
        }
    }

    /// One record that does not go on.
    public struct Reject: Sendable, Equatable {
        public var ordinal: UInt32
        public var signal: Signal
        /// Whether a gate said so, and not the tier itself.
        public var byGate: Bool
        public var pointer: String?
        public var message: String?

        public init(
            ordinal: UInt32, signal: Signal, byGate: Bool = false, pointer: String? = nil,
            message: String? = nil
        ) {
            self.ordinal = ordinal
            self.signal = signal
            self.byGate = byGate
            self.pointer = pointer
            self.message = message
        }
    }

    /// Extra records that were made of one.
    public struct Derived: Sendable, Equatable {
        public var ordinal: UInt32
        public var extra: UInt32

        public init(ordinal: UInt32, extra: UInt32) {
            self.ordinal = ordinal
            self.extra = extra
        }
    }

    public var failure: Failure?
    public var rejects: [Reject]
    public var filtered: [UInt32]
    /// Accepted records that lost something on the way.
    public var degraded: [UInt32]
    public var derived: [Derived]

    public init(
        failure: Failure? = nil, rejects: [Reject] = [], filtered: [UInt32] = [],
        degraded: [UInt32] = [], derived: [Derived] = []
    ) {
        self.failure = failure
        self.rejects = rejects
        self.filtered = filtered
        self.degraded = degraded
        self.derived = derived
    }

    /// Every record was accepted, none changed for the worse.
    public static let allAccepted = CallResult()

    /// The whole call failed.
    public static func failed(
        _ signal: Signal, retryAfter: UInt64 = 0, message: String? = nil
    ) -> CallResult {
        CallResult(failure: Failure(signal: signal, retryAfter: retryAfter, message: message))
    }
}
