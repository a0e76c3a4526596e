/// One reason why a graph must not run, with what to do about it.
public struct GraphFault: Sendable, Equatable {
    /// Which rule is broken. Later versions may know more.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// A record could go round for ever.
        public static let cycle = Code(rawValue: "cycle")
        /// No record can get to a node.
        public static let unreachable = Code(rawValue: "unreachable")
        /// A node does not say where a record goes on some signal.
        public static let noEdge = Code(rawValue: "no_edge")
        /// A path has neither the sink nor a persist node at its end.
        public static let endsNowhere = Code(rawValue: "ends_nowhere")
        /// A signal about the record leads to a retry, which would try the same record again.
        public static let recordRetried = Code(rawValue: "record_retried")
        /// A payload that is too large would be tried again at the same size.
        public static let capacityRetried = Code(rawValue: "capacity_retried")
        /// An edge leads to a source.
        public static let edgeIntoSource = Code(rawValue: "edge_into_source")
        /// An edge leads to a sink.
        public static let edgeIntoSink = Code(rawValue: "edge_into_sink")
        /// A store that fails hands over to something that is no store.
        public static let edgeFromPersist = Code(rawValue: "edge_from_persist")
        /// A number stands for no node.
        public static let noSuchNode = Code(rawValue: "no_such_node")
        /// A retry tries something that can't be tried.
        public static let retryTarget = Code(rawValue: "retry_target")
        /// A retry has fewer than two attempts.
        public static let retryAttempts = Code(rawValue: "retry_attempts")
        /// The chain does not begin at a tier.
        public static let entry = Code(rawValue: "entry")
        /// The chain has no sink, or more than one.
        public static let sink = Code(rawValue: "sink")
        /// Two nodes have one name.
        public static let duplicateName = Code(rawValue: "duplicate_name")
    }

    public var code: Code
    /// The nodes in question, in the order in which the message names them.
    public var nodes: [NodeID]
    /// For a person: what is wrong with which node, and what to do.
    public var message: String

    public init(code: Code, nodes: [NodeID], message: String) {
        self.code = code
        self.nodes = nodes
        self.message = message
    }
}

extension GraphFault: CustomStringConvertible {
    public var description: String { message }
}
