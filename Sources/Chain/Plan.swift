/// A graph that was proven, with what the flow needs to know of it worked out once.
public struct Plan: Sendable {
    /// How records are taken on by a node.
    public enum Handling: Sendable {
        case called
        case retried
        case persisted
        case entered
    }

    public let graph: Graph
    /// The order of work: every edge leads to a node of higher rank; the sink comes last.
    public let rank: [Int]
    private let handling: [Handling]

    public var entry: NodeID { graph.entry }
    public var sink: NodeID { graph.sink }

    /// Proves the graph.
    ///
    /// - Throws: every fault that was found, when the graph could lose a record.
    public init(proving graph: Graph) throws(GraphFaults) {
        let faults = graph.faults()
        guard faults.isEmpty else { throw GraphFaults(faults: faults) }
        self.graph = graph
        handling = graph.nodes.map { node in
            switch node.kind {
            case .source: .entered
            case .tier, .sink: .called
            case .retry: .retried
            case .persist: .persisted
            }
        }
        rank = Self.ranks(of: graph)
    }

    public func kind(_ node: NodeID) -> Handling { handling[node] }

    /// Longest path to each node over its edges; what only the sink leads to comes just ahead of the
    /// sink, because the sink is called again when they have ended.
    private static func ranks(of graph: Graph) -> [Int] {
        var rank = Array(repeating: 0, count: graph.nodes.count)
        var changed = true
        while changed {
            changed = false
            for (index, node) in graph.nodes.enumerated() where index != graph.sink {
                for target in node.targets where rank[target] <= rank[index] {
                    rank[target] = rank[index] + 1
                    changed = true
                }
            }
        }
        rank[graph.sink] = (rank.max() ?? 0) + 2
        for (index, node) in graph.nodes.enumerated() {
            if case .retry(_, let over) = node.kind, over == graph.sink {
                rank[index] = rank[graph.sink]
            }
        }
        return rank
    }
}

/// Why a graph is not run.
public struct GraphFaults: Error, Sendable, Equatable {
    public var faults: [GraphFault]

    public init(faults: [GraphFault]) {
        self.faults = faults
    }
}

extension Graph.Node {
    /// Every node that an edge of this one leads to.
    public var targets: Set<NodeID> {
        var found = Set(edges.values)
        found.formUnion(classEdges.values)
        if let defaultEdge { found.insert(defaultEdge) }
        return found
    }
}
