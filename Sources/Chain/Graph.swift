/// A node's place in its graph.
public typealias NodeID = Int

/// The chain as a graph: nodes, and for each signal of a node the edge that it takes.
///
/// A graph is plain data and may be wrong; ``Graph/faults()`` proves whether it can lose a record.
/// Only a graph without faults is run.
public struct Graph: Sendable, Equatable {
    /// What a node does with the records that reach it.
    public enum Kind: Sendable, Equatable {
        /// Hands records in; where a source's own signals start. It has no incoming edge.
        case source
        /// Calls a handler plugin.
        case tier
        /// Tries another node (a tier or the sink) again.
        case retry(RetryPolicy, over: NodeID)
        /// Writes raw bytes to a store and queues a task. Ends the record as deferred.
        case persist
        /// Delivers. Ends the record as delivered.
        case sink
    }

    /// One node.
    public struct Node: Sendable, Equatable {
        /// Its name in the configuration.
        public var name: String
        public var kind: Kind
        /// Edges for single signals; they win over classes and the default.
        public var edges: [Signal: NodeID]
        /// Edges for all signals of a class; they win over the default.
        public var classEdges: [Signal.Class: NodeID]
        /// The edge for every other signal.
        public var defaultEdge: NodeID?
        /// The largest share of a batch, in millionths, that may reach this tier by stepping down;
        /// beyond it those records take the edge for `divergence` without being tried.
        public var toleranceBefore: UInt32 = 1_000_000
        /// The largest share of a batch, in millionths, that gates may reject after this tier; beyond
        /// it every record that the tier took takes the edge for `divergence`.
        public var toleranceAfter: UInt32 = 1_000_000

        public init(
            name: String, kind: Kind, edges: [Signal: NodeID] = [:],
            classEdges: [Signal.Class: NodeID] = [:], defaultEdge: NodeID? = nil
        ) {
            self.name = name
            self.kind = kind
            self.edges = edges
            self.classEdges = classEdges
            self.defaultEdge = defaultEdge
        }
    }

    public var nodes: [Node]
    /// The node that records reach first.
    public var entry: NodeID
    /// The node that records reach when a tier has succeeded.
    public var sink: NodeID

    public init(nodes: [Node], entry: NodeID, sink: NodeID) {
        self.nodes = nodes
        self.entry = entry
        self.sink = sink
    }

    /// Where a record goes that a node could not take, or nil when it has no edge for the signal.
    public func next(after node: NodeID, on signal: Signal) -> NodeID? {
        let node = nodes[node]
        return node.edges[signal] ?? node.classEdges[signal.signalClass] ?? node.defaultEdge
    }

    /// Signals that need no edge: they hold the stream or end the record, and never step it down.
    public static let needNoEdge: Set<Signal> = [.denied, .unknownOutcome, .duplicate]
}
