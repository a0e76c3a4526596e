import Chain

/// Tries every way that a record can go through a graph, to the end of each: the slow and simple
/// answer to whether the graph can lose one, or keep it for ever.
///
/// Knows nothing of the proof: it only does to a record what the flow would.
struct LossOracle {
    /// Where a record is: at a node, and through which retry.
    private struct Place: Hashable {
        var node: NodeID
        var via: NodeID?
    }

    private let graph: Graph
    private var onTheWay: Set<Place> = []
    private var safe: Set<Place> = []

    /// Every signal on which a record may step down, and one of each class from a later version.
    private static let signals: [Signal] =
        (Array(101...103) + [199] + Array(201...208) + [299]).map { Signal(rawValue: $0) }

    init(_ graph: Graph) {
        self.graph = graph
    }

    /// Whether a record can be lost, or go round for ever.
    static func losesRecords(_ graph: Graph) -> Bool {
        var oracle = LossOracle(graph)
        guard graph.nodes.indices.contains(graph.entry),
            graph.nodes.indices.contains(graph.sink),
            graph.nodes[graph.entry].kind == .tier, graph.nodes[graph.sink].kind == .sink
        else { return true }
        if oracle.isLost(Place(node: graph.entry)) { return true }
        for (id, node) in graph.nodes.enumerated() where node.kind == .source {
            for signal in signals where signal.rawValue < 200 {
                if oracle.isLost(after: id, signal) { return true }
            }
        }
        return false
    }

    private mutating func isLost(after node: NodeID, _ signal: Signal) -> Bool {
        guard let next = graph.next(after: node, on: signal) else { return true }
        return isLost(Place(node: next))
    }

    private mutating func isLost(_ place: Place) -> Bool {
        guard graph.nodes.indices.contains(place.node) else { return true }
        if safe.contains(place) { return false }
        guard onTheWay.insert(place).inserted else { return true }
        defer { onTheWay.remove(place) }
        if endsBadly(place) { return true }
        safe.insert(place)
        return false
    }

    private mutating func endsBadly(_ place: Place) -> Bool {
        switch graph.nodes[place.node].kind {
        case .source: return true
        case .persist:
            // Its store may fail; without another one the record waits for it.
            let others = Self.signals.compactMap { graph.next(after: place.node, on: $0) }
            return others.contains { isLost(Place(node: $0)) }
        case .retry(let policy, let over):
            guard policy.attempts > 1, graph.nodes.indices.contains(over) else { return true }
            // What is at a tier's failure was taken by none, and must not be delivered.
            if over == graph.sink, place.via != graph.sink { return true }
            let isTried = graph.nodes[over].kind == .tier || over == graph.sink
            return !isTried || isTriedInVain(over, through: place.node)
        case .tier: return isTriedInVain(place.node, through: nil)
        case .sink: return place.node != graph.sink || isTriedInVain(place.node, through: nil)
        }
    }

    /// A call: it succeeds, or ends with any signal there is.
    private mutating func isTriedInVain(_ node: NodeID, through retry: NodeID?) -> Bool {
        if graph.nodes[node].kind == .tier, isLost(Place(node: graph.sink)) { return true }
        for signal in Self.signals {
            let from = signal.rawValue < 200 ? node : retry ?? node
            guard let next = graph.next(after: from, on: signal) else { return true }
            guard graph.nodes.indices.contains(next) else { return true }
            let isRetry = if case .retry = graph.nodes[next].kind { true } else { false }
            // Drift does not pass by itself, and only a tier's success leads to the sink.
            if isRetry, signal.rawValue < 200 { return true }
            if graph.nodes[next].kind == .sink { return true }
            let isFromSink = node == graph.sink
            if isLost(Place(node: next, via: isFromSink ? graph.sink : nil)) { return true }
        }
        return false
    }
}
