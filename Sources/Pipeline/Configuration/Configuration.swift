/// A pipeline's configuration: one YAML file, read, expanded and checked.
///
/// What a file alone can prove is proven: keys, types, units, names that lead somewhere. Whether the
/// chain can lose a record, and whether plugins are there and like their options, is found later; the
/// locations here let those errors point at their lines too.
public struct Configuration: Sendable, Equatable {
    /// The file, as it was named.
    public var file: String
    /// The absolute path of its folder: relative paths in the file count from here.
    public var folder: String
    /// The pipeline's name.
    public var pipeline: String
    public var contract: Path?
    /// Absolute path of the state folder.
    public var state: String
    /// Folders that plugins are looked for in, absolute, in their order: those of the file, then those
    /// of SPILLWAY_PLUGIN_PATH.
    public var pluginFolders: [String]
    /// Whether plugins without a manifest may be loaded.
    public var allowUnpinned: Bool
    /// In the order in which they are read; at least one.
    public var sources: [Source]
    /// In the order written; the first is where records enter. At least one.
    public var chain: [Node]
    public var stores: [Store]
    public var sink: Sink
    public var retryBudget: RetryBudget
    public var limits: Limits

    /// A path of the file, made absolute.
    public struct Path: Sendable, Equatable {
        public var path: String
        public var location: SourceLocation
    }

    /// A plugin's name and what it is told.
    public struct PluginUse: Sendable, Equatable {
        /// The name of the plugin, or a path to it.
        public var plugin: String
        /// A JSON object: keys in the order written, numbers as written, what is quoted in YAML a
        /// string.
        public var options: String
        /// Where the plugin is named.
        public var location: SourceLocation
        /// Where the options begin; the plugin's place when there are none.
        public var optionsLocation: SourceLocation
    }

    /// Which node takes the records that a node, source or sink gave up with a signal.
    public struct Edge: Sendable, Equatable {
        /// What leads here.
        public enum Trigger: Sendable, Hashable {
            /// A signal by its name.
            case signal(String)
            /// All signals of a class without an edge of their own.
            case signalClass(String)
            /// Every other signal.
            case `default`

            /// As it is written.
            public var name: String {
                switch self {
                case .signal(let name), .signalClass(let name): name
                case .default: "default"
                }
            }
        }

        public var trigger: Trigger
        /// The name of a node, or the sink's.
        public var target: String
        /// Where the trigger is written.
        public var location: SourceLocation
        /// Where the target is written.
        public var targetLocation: SourceLocation
    }

    /// Reads records.
    public struct Source: Sendable, Equatable {
        public var name: String
        public var use: PluginUse
        public var edges: [Edge]
        public var location: SourceLocation
    }

    /// Keeps raw bytes.
    public struct Store: Sendable, Equatable {
        public var name: String
        public var use: PluginUse
        public var location: SourceLocation
    }

    /// Delivers.
    public struct Sink: Sendable, Equatable {
        /// What an append sink promises of the order of records.
        public enum Order: String, Sendable, CaseIterable {
            /// Later records of an open key wait for it.
            case strict
            case relaxed
        }

        public var name: String
        public var use: PluginUse
        public var edges: [Edge]
        public var call: CallSettings
        public var order: Order
        public var location: SourceLocation
    }

    /// What bounds the calls of a node or the sink.
    public struct CallSettings: Sendable, Equatable {
        /// Nanoseconds; 0: none.
        public var deadline: UInt64 = 30_000_000_000
        /// Bytes of host-side room.
        public var budget: UInt64 = 64 << 20
        /// Calls at once.
        public var concurrency = 1
        public var breaker: Breaker
    }

    /// Tries that may be repeated, for the whole pipeline.
    public struct RetryBudget: Sendable, Equatable {
        /// Repeated tries for each first one.
        public var ratio = Share(millionths: 200_000)
        /// Repeated tries that are free.
        public var floor: UInt64 = 10
    }

    /// What is under way at once.
    public struct Limits: Sendable, Equatable {
        /// Records of a batch, at most.
        public var batchRecords: UInt32 = 1000
        /// Bytes of a batch, about; one record may be larger.
        public var batchBytes: UInt64 = 1 << 20
        /// Records that were read and are not acknowledged, at most.
        public var inFlightRecords: UInt64 = 100_000
        /// Their bytes.
        public var inFlightBytes: UInt64 = 64 << 20
        /// Threads that call plugins.
        public var lanes = 2
    }
}

/// A part of a whole, exact to a millionth.
public struct Share: Sendable, Hashable, Comparable {
    public var millionths: UInt32

    public init(millionths: UInt32) {
        self.millionths = millionths
    }

    public var fraction: Double { Double(millionths) / 1_000_000 }

    public static func < (left: Share, right: Share) -> Bool {
        left.millionths < right.millionths
    }
}
