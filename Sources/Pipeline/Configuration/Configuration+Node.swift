extension Configuration {
    /// A node of the chain.
    public struct Node: Sendable, Equatable {
        /// What it does with records.
        public enum Work: Sendable, Equatable {
            /// Calls a handler.
            case tier(Tier)
            /// Tries another node, or the sink, again.
            case retry(Retry)
            /// Puts raw bytes into a store.
            case persist(Persist)
        }

        public var name: String
        public var work: Work
        public var edges: [Edge]
        /// Where its name is written.
        public var location: SourceLocation
    }

    /// A handler with its gates.
    public struct Tier: Sendable, Equatable {
        public var use: PluginUse
        public var call: CallSettings
        /// Judge records ahead of the handler.
        public var before: [Gate]
        /// Judge what the handler made of them.
        public var after: [Gate]
    }

    /// How a node is tried again.
    public struct Retry: Sendable, Equatable {
        /// The name of a tier, or the sink's.
        public var target: String
        /// Tries in all, the first one included; at least 2.
        public var attempts: UInt32
        /// The wait before the second try, in nanoseconds, before jitter.
        public var base: UInt64
        /// The longest wait, in nanoseconds.
        public var cap: UInt64
        /// Whether a batch is cut in halves for each new try.
        public var halves: Bool
        /// Where the target is named.
        public var location: SourceLocation
    }

    /// Where raw bytes go.
    public struct Persist: Sendable, Equatable {
        /// The name of the store.
        public var store: String
        /// The store that takes them when the first can't.
        public var otherwise: String?
        public var call: CallSettings
        /// Where the store is named.
        public var location: SourceLocation
        /// Where the other store is named.
        public var otherwiseLocation: SourceLocation?
    }

    /// A validator ahead of or after a tier.
    public struct Gate: Sendable, Equatable {
        public var use: PluginUse
        /// The largest share of all accepted records that it may find wrong.
        public var tolerance: Share
        public var location: SourceLocation
    }

    /// When a node is left alone for a while.
    public struct Breaker: Sendable, Equatable {
        /// Opens at this share of failed calls in the window.
        public var failureRate = Share(millionths: 500_000)
        /// A call that takes longer is slow; nanoseconds.
        public var slowCall: UInt64 = 10_000_000_000
        /// Opens at this share of slow calls in the window.
        public var slowRate = Share(millionths: 1_000_000)
        /// Calls that are looked back on.
        public var window: UInt32 = 20
        /// Fewer calls than this in the window open nothing.
        public var minimumCalls: UInt32 = 10
        /// Opens at this many failures one after the other; nil: never by that.
        public var consecutive: UInt32?
        /// How long it stays open, in nanoseconds, before jitter.
        public var recovery: UInt64 = 30_000_000_000
        /// The largest part of `recovery` that is added by chance.
        public var jitter = Share(millionths: 100_000)
        /// Calls that are let through to find out whether it is well again.
        public var probes: UInt32 = 1
        /// How long a probe may take before its place is free again; nanoseconds.
        public var probeLease: UInt64 = 30_000_000_000
        /// Names of signals and classes that count as failures.
        public var counted: [String] = ["dependency"]

        public init() {}
    }
}
