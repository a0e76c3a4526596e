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
    /// The same before retries over the sink were put beside it: which of them is further on.
    private let pathRank: [Int]
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
        pathRank = Self.pathRanks(of: graph)
        rank = Self.ranks(of: graph, by: pathRank)
    }

    public func kind(_ node: NodeID) -> Handling { handling[node] }

    /// How far on a retry node is; 0 for none.
    func retryRank(_ node: NodeID?) -> Int { node.map { pathRank[$0] + 1 } ?? 0 }

    /// Longest path to each node over its edges. A retry leads to where the tier that it tries sends
    /// what it rejects, too: those nodes wait for its last try.
    private static func pathRanks(of graph: Graph) -> [Int] {
        var rank = Array(repeating: 0, count: graph.nodes.count)
        let ways = graph.nodes.indices.map { Self.ways(from: $0, in: graph) }
        // No path is longer than there are nodes, so the rounds have an end in any graph.
        for _ in graph.nodes {
            var hasChanged = false
            for index in graph.nodes.indices where index != graph.sink {
                for target in ways[index] where rank[target] <= rank[index] {
                    rank[target] = rank[index] + 1
                    hasChanged = true
                }
            }
            if !hasChanged { break }
        }
        return rank
    }

    private static func ways(from id: NodeID, in graph: Graph) -> Set<NodeID> {
        var ways = graph.nodes[id].targets
        if case .retry(_, let over) = graph.nodes[id].kind, over != graph.sink {
            ways.formUnion(graph.steps(from: over, in: .record))
        }
        return ways
    }

    /// The sink comes last: it is called again when what it led to has ended. Retries over it stand
    /// beside it.
    private static func ranks(of graph: Graph, by pathRank: [Int]) -> [Int] {
        var rank = pathRank
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
