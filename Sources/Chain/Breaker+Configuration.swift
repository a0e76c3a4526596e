extension Breaker {
    /// When a breaker opens, and how it finds out that it may close.
    public struct Configuration: Sendable, Equatable {
        /// The share of failures in the window, in millionths, from which it opens; 0: at the first
        /// one; nil: never by rate.
        public var failureRate: UInt32?
        /// A call that takes this long or longer, in nanoseconds, is slow; nil: none is.
        public var slowCall: UInt64?
        /// The share of slow calls in the window, in millionths, from which it opens.
        public var slowRate: UInt32
        /// How many of the latest counted calls the rates are taken from; at least 1.
        public var window: UInt32
        /// Counted calls before a rate says anything; more than the window counts as the window.
        public var minimumCalls: UInt32
        /// Failures in a row that open it, whatever the rate; nil: none do.
        public var consecutiveFailures: UInt32?
        /// How long it stays open, in nanoseconds.
        public var recovery: UInt64
        /// By how much that is stretched at most, in millionths: breakers that one outage opened
        /// together draw different times and probe apart.
        public var recoveryJitter: UInt32
        /// Calls that are let through half-open; all of them must succeed. At least 1.
        public var probes: UInt32
        /// How long a probe may take, in nanoseconds, before it counts as failed; also how long it
        /// stays half-open when fewer calls come than it has probes.
        public var probeLease: UInt64
        /// Which signals are failures.
        public var counted: CountedSignals

        public init(
            failureRate: UInt32? = 500_000, slowCall: UInt64? = nil, slowRate: UInt32 = 1_000_000,
            window: UInt32 = 100, minimumCalls: UInt32 = 20, consecutiveFailures: UInt32? = nil,
            recovery: UInt64 = 30_000_000_000, recoveryJitter: UInt32 = 200_000,
            probes: UInt32 = 1, probeLease: UInt64 = 30_000_000_000,
            counted: CountedSignals = CountedSignals()
        ) {
            self.failureRate = failureRate
            self.slowCall = slowCall
            self.slowRate = slowRate
            self.window = window
            self.minimumCalls = minimumCalls
            self.consecutiveFailures = consecutiveFailures
            self.recovery = recovery
            self.recoveryJitter = recoveryJitter
            self.probes = probes
            self.probeLease = probeLease
            self.counted = counted
        }
    }

    /// Which signals a breaker takes for failures; on any other a call is neither failure nor success.
    public struct CountedSignals: Sendable, Equatable {
        /// Classes that count.
        public var classes: Set<Signal.Class>
        /// Signals that count though their class does not.
        public var including: Set<Signal>
        /// Signals that do not count though their class does.
        public var excluding: Set<Signal>

        /// The dependency's signals, without the host's own `breaker_open`.
        public init(
            classes: Set<Signal.Class> = [.dependency], including: Set<Signal> = [],
            excluding: Set<Signal> = [.breakerOpen]
        ) {
            self.classes = classes
            self.including = including
            self.excluding = excluding
        }

        public func contains(_ signal: Signal) -> Bool {
            if excluding.contains(signal) { return false }
            return classes.contains(signal.signalClass) || including.contains(signal)
        }
    }

    /// What a breaker lets through.
    public enum State: String, Sendable, Equatable {
        case closed
        case open
        case halfOpen = "half_open"
    }

    /// Who decides.
    public enum Mode: String, Sendable, Equatable {
        /// The breaker.
        case automatic
        /// An operator: no call is made.
        case forcedOpen = "forced_open"
        /// An operator: every call is made, none is counted.
        case forcedClosed = "forced_closed"
        /// The breaker changes state and counts, but no call is held back.
        case observeOnly = "observe_only"
    }

    /// The right to make one call, given back with ``Breaker/release(_:_:now:using:)``.
    public struct Permit: Sendable, Equatable {
        /// The breaker's generation when it was given; a later one ignores the result.
        public let generation: UInt32
        /// When the call started, in nanoseconds.
        public let startedAt: UInt64
        /// The number of the probe; 0 for an ordinary call.
        let probe: UInt32

        /// Whether the call is to find out if the breaker may close.
        public var isProbe: Bool { probe != 0 }
    }

    /// How a call ended, to its breaker.
    public enum Outcome: Sendable, Equatable {
        case success
        /// A failure when the signal is a counted one, else neutral.
        case failure(Signal)
        /// Neither: the call was not made after all, or its end says nothing about the dependency.
        case neutral
    }

    /// A change of state by the breaker's own decision.
    public struct Transition: Sendable, Equatable {
        public var from: State
        public var to: State
        /// When, in nanoseconds: for a probe whose lease ran out the end of the lease.
        public var at: UInt64
    }

    /// What has happened since the breaker was made. All of it only grows.
    public struct Counters: Sendable, Equatable {
        /// Changes to open, to half-open and to closed by the breaker's own decision.
        public var opened: UInt64 = 0
        public var halfOpened: UInt64 = 0
        public var closed: UInt64 = 0
        /// Calls that were refused.
        public var refused: UInt64 = 0
        /// Probes whose lease ran out.
        public var lapsed: UInt64 = 0
        /// Results that came too late to count: from an earlier generation, or given back twice.
        public var late: UInt64 = 0

        /// All changes of state: when it has grown, ``Breaker/lastTransition`` is a new one.
        public var transitions: UInt64 { opened + halfOpened + closed }
    }
}
